// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

const (
	// fewNames are read one by one: a search for two names costs the server as much as
	// two gets.
	fewNames = 2
	// maxNames and maxNameBytes keep the address of a search below 4 KiB, even where each
	// byte is written as three: proxies refuse longer ones, and a search for many names
	// is no cheaper than two for half as many.
	maxNames     = 100
	maxNameBytes = 1200
)

// named reads the models of these names, of which some may not exist.
func (r *reading) named(ctx context.Context, names []string) error {
	if len(names) <= fewNames {
		return r.each(ctx, names)
	}
	for len(names) > 0 {
		chunk := chunkOf(names)
		if err := r.chunk(ctx, chunk); err != nil {
			return err
		}
		names = names[len(chunk):]
	}
	return nil
}

// chunk reads some models with one search, and those by themselves whose names no filter
// can express.
func (r *reading) chunk(ctx context.Context, names []string) error {
	var sayable []string
	for _, name := range names {
		if _, err := mlflow.FilterIn("name", []string{name}); err == nil {
			sayable = append(sayable, name)
			continue
		}
		if err := r.get(ctx, name); err != nil {
			return err
		}
	}
	if len(sayable) == 0 {
		return nil
	}
	filter, err := mlflow.FilterIn("name", sayable)
	if err != nil {
		return err
	}
	_, err = r.list(ctx, filter, 0)
	return err
}

func (r *reading) each(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := r.get(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// chunkOf is as many of the names as one search takes; one at least.
func chunkOf(names []string) []string {
	bytes := 0
	for i, name := range names {
		bytes += len(name)
		if i > 0 && (i == maxNames || bytes > maxNameBytes) {
			return names[:i]
		}
	}
	return names
}
