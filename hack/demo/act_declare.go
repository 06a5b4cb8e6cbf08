// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// declare applies the samples to an MLflow that is empty.
func declare(ctx context.Context, w *world) error {
	w.command("kubectl apply --server-side -k config/samples   # with url: %s, pollInterval: %s", w.mlflow.URL, pollInterval)
	if err := w.applySamples(ctx, "config/samples"); err != nil {
		return err
	}
	var c v1alpha1.MLflowConnection
	if err := w.await(ctx, &c, connection, "the connection to be ready", func() (bool, string) {
		return isReady(c.Generation, c.Status.Conditions)
	}); err != nil {
		return err
	}
	if err := w.awaitModel(ctx, model); err != nil {
		return err
	}
	if err := w.awaitPromotion(ctx, production, "the promotion to miss its version", func(p *v1alpha1.ModelPromotion) bool {
		return ready(p).Reason == v1alpha1.ReasonVersionNotFound
	}); err != nil {
		return err
	}
	return w.show(ctx, "mlconn", "rmodel", "promo")
}
