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
	os.Exit(runSuite(m))
}

func runSuite(m *testing.M) int {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	defer stopServers()
	if err := startServers(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	finished := context.AfterFunc(ctx, stopOnInterrupt)
	defer finished()
	return m.Run()
}

// stopOnInterrupt ends the suite when it is interrupted: the servers are no children that
// would end with it.
func stopOnInterrupt() {
	stopServers()
	os.Exit(1)
}

// startServers starts the kinds together: a real server takes seconds.
func startServers(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, kind := range servers {
		group.Go(func() error { return kind.startServer(ctx) })
	}
	return group.Wait()
}

func stopServers() {
	var group sync.WaitGroup
	for _, kind := range servers {
		if kind.stop != nil {
			group.Go(kind.stop)
		}
	}
	group.Wait()
}
