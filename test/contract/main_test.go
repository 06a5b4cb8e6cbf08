// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sync/errgroup"
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	defer stopAll()
	if err := startAll(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	finished := context.AfterFunc(ctx, abandon)
	defer finished()
	return m.Run()
}

// abandon ends the suite when it is interrupted: the servers are no children that
// would end with it.
func abandon() {
	stopAll()
	os.Exit(1)
}

// startAll starts the kinds together: a real server takes seconds.
func startAll(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, kind := range kinds {
		group.Go(func() error { return kind.start(ctx) })
	}
	return group.Wait()
}

func stopAll() {
	var group sync.WaitGroup
	for _, kind := range kinds {
		if kind.stop != nil {
			group.Go(kind.stop)
		}
	}
	group.Wait()
}
