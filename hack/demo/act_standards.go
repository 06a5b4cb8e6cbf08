// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
)

// standards declares the six standard models. The one that the story began with comes under
// its class, and keeps what holds its stages.
func standards(ctx context.Context, w *world) error {
	w.command("kubectl apply --server-side -k config/samples/neuronews")
	if err := w.applySamples(ctx, "config/samples/neuronews"); err != nil {
		return err
	}
	for _, name := range []string{model, "embeddings", "rag", "topics", "summarizer", "clustering"} {
		if err := w.awaitModel(ctx, name); err != nil {
			return err
		}
	}
	if err := w.holds(ctx, production, "1"); err != nil {
		return err
	}
	w.command("kubectl get mclass")
	if err := w.table(ctx, tablePaths["mclass"], nil); err != nil {
		return err
	}
	return w.show(ctx, "rmodel")
}
