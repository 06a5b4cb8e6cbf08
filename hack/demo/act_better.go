// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// better trains a version that beats the champion, and asks for it in production.
func better(ctx context.Context, w *world) error {
	if err := w.train(ctx, "better"); err != nil {
		return err
	}
	if err := w.holds(ctx, staging, "4"); err != nil {
		return err
	}
	if err := w.wantVersion(ctx, "4"); err != nil {
		return err
	}
	if err := w.holds(ctx, production, "4"); err != nil {
		return err
	}
	if err := w.show(ctx, "promo"); err != nil {
		return err
	}
	return w.showStatus(ctx, production, "comparison", func(p *v1alpha1.ModelPromotion) any { return p.Status.Comparison })
}
