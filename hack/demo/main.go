// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

var errInterrupted = errors.New("interrupted")

func main() {
	// The clients of the cluster have nothing to tell that the acts don't.
	log.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) (err error) {
	w := newWorld()
	defer func() { err = w.tearDown(err) }()
	if err := w.setUp(ctx); err != nil {
		return interrupted(ctx, err)
	}
	for _, act := range acts {
		w.heading(act)
		if err := act.play(ctx, w); err != nil {
			return interrupted(ctx, fmt.Errorf("act %s: %w", act.name, err))
		}
	}
	w.say("everything happened as it should")
	if os.Getenv("KEEP") != "" {
		w.keep(ctx)
	}
	return nil
}

// interrupted replaces what broke because somebody pressed Ctrl-C.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	return err
}
