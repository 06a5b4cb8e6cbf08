// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// declare applies the samples to an MLflow that is empty.
func declare(ctx context.Context, w *world) error {
	if err := w.applySamples(ctx); err != nil {
		return err
	}
	var c v1alpha1.MLflowConnection
	if err := w.await(ctx, &c, connection, "the connection to be ready", func() (bool, string) {
		return isReady(c.Generation, c.Status.Conditions)
	}); err != nil {
		return err
	}
	var m v1alpha1.RegisteredModel
	if err := w.await(ctx, &m, model, "the model to be as declared", func() (bool, string) {
		return isReady(m.Generation, m.Status.Conditions)
	}); err != nil {
		return err
	}
	if err := w.awaitPromotion(ctx, production, "the promotion to miss its version", func(p *v1alpha1.ModelPromotion) bool {
		return ready(p).Reason == v1alpha1.ReasonVersionNotFound
	}); err != nil {
		return err
	}
	return w.show(ctx, "mlconn", "rmodel", "promo")
}
