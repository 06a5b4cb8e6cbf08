// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// readNamed reads the models of these names, of which some may not exist. Names that no search
// can express are read by themselves.
func (r *pollReader) readNamed(ctx context.Context, names []string) error {
	searched := map[string]bool{}
	for _, chunk := range mlflow.FilterChunks("name", names) {
		if len(chunk.Values) <= mlflow.MinBatchSize {
			continue
		}
		if _, err := r.listModels(ctx, chunk.Filter, 0); err != nil {
			return err
		}
		for _, name := range chunk.Values {
			searched[name] = true
		}
	}
	return r.readEach(ctx, slices.DeleteFunc(slices.Clone(names), func(name string) bool { return searched[name] }))
}

func (r *pollReader) readEach(ctx context.Context, names []string) error {
	for _, name := range names {
		if err := r.readModel(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
