// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// database makes the registry that a contender starts from: filled once for each size, and
// copied for each turn.
type database interface {
	name() string
	// fill makes the original of a size.
	fill(ctx context.Context, models int) error
	// copy makes a copy for a server that lives in dir, and returns its URI.
	copy(ctx context.Context, models int, dir string) (string, error)
	// drop removes the copy when its server is gone.
	drop(ctx context.Context, dir string) error
	// environment is what a Python needs to reach it.
	environment() []string
	// pid is the process of the database; 0: it lives in the server.
	pid() int
	stop() error
}

// sqlite is a file.
type sqlite struct {
	dir string
}

var _ database = (*sqlite)(nil)

func (s *sqlite) name() string { return "sqlite" }

func (s *sqlite) original(models int) string {
	return filepath.Join(s.dir, fmt.Sprintf("filled-%d.db", models))
}

func (s *sqlite) fill(ctx context.Context, models int) error {
	return fillDatabase(ctx, "sqlite:///"+s.original(models), models, nil)
}

func (s *sqlite) copy(_ context.Context, models int, dir string) (string, error) {
	path := filepath.Join(dir, "mlflow.db")
	return "sqlite:///" + path, copyFile(s.original(models), path)
}

// drop has nothing to do: the file goes with the directory.
func (s *sqlite) drop(context.Context, string) error { return nil }

func (s *sqlite) environment() []string { return nil }

func (s *sqlite) pid() int { return 0 }

func (s *sqlite) stop() error { return nil }

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, source); err != nil {
		_ = target.Close()
		return err
	}
	return target.Close()
}

// fillDatabase lets MLflow make its schema, and inserts the rows.
func fillDatabase(ctx context.Context, uri string, models int, environment []string) error {
	command, err := python(ctx, environment, "fill.py", uri, "mlflow-artifacts:/", fmt.Sprint(models))
	if err != nil {
		return err
	}
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("fill.py: %w\n%s", err, output)
	}
	return nil
}
