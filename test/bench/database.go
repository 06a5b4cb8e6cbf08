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

// database provides registries: one original per size, and a copy for each server.
type database interface {
	databaseName() string
	// fillOriginal creates the original of a size.
	fillOriginal(ctx context.Context, models int) error
	// createCopy creates a copy for a server in dir and returns its URI.
	createCopy(ctx context.Context, models int, dir string) (string, error)
	// dropCopy removes the copy in dir after its server has stopped.
	dropCopy(ctx context.Context, dir string) error
	// pythonEnv is the environment in which Python finds the database driver.
	pythonEnv() []string
	// serverPID is the server process of the database; 0 if it runs in the MLflow server.
	serverPID() int
	stop() error
}

// sqlite keeps the original and each copy in a file.
type sqlite struct {
	dir string
}

var _ database = (*sqlite)(nil)

func (s *sqlite) databaseName() string { return "sqlite" }

func (s *sqlite) originalPath(models int) string {
	return filepath.Join(s.dir, fmt.Sprintf("filled-%d.db", models))
}

func (s *sqlite) fillOriginal(ctx context.Context, models int) error {
	return runFillScript(ctx, "sqlite:///"+s.originalPath(models), models, nil)
}

func (s *sqlite) createCopy(_ context.Context, models int, dir string) (string, error) {
	path := filepath.Join(dir, "mlflow.db")
	return "sqlite:///" + path, copyFile(s.originalPath(models), path)
}

// dropCopy does nothing: the file is deleted with its directory.
func (s *sqlite) dropCopy(context.Context, string) error { return nil }

func (s *sqlite) pythonEnv() []string { return nil }

func (s *sqlite) serverPID() int { return 0 }

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
