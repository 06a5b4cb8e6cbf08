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
	ctrl "sigs.k8s.io/controller-runtime"
)

func main() {
	ctrl.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	s, err := parse(args, os.Getenv)
	if err != nil {
		return err
	}
	if s.compare != nil {
		return compareFiles(os.Stdout, s.compare[0], s.compare[1])
	}
	b, err := newBench(s)
	if err != nil {
		return err
	}
	err = errors.Join(b.measure(ctx), b.cleanUp())
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}
