// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// beaten trains a version that is good enough for staging, and asks for it in production.
func beaten(ctx context.Context, w *world) error {
	if err := w.train(ctx, "worse"); err != nil {
		return err
	}
	if err := w.holds(ctx, staging, "3"); err != nil {
		return err
	}
	if err := w.wantVersion(ctx, "3"); err != nil {
		return err
	}
	if err := w.awaitPromotion(ctx, production, "version 3 to be blocked", func(p *v1alpha1.ModelPromotion) bool {
		return ready(p).Reason == v1alpha1.ReasonGateFailed && p.Status.CurrentVersion == "1" && p.Status.Candidate.Version == "3"
	}); err != nil {
		return err
	}
	if err := w.show(ctx, "promo"); err != nil {
		return err
	}
	if err := w.showMessage(ctx, production); err != nil {
		return err
	}
	return w.showStatus(ctx, production, "gates", func(p *v1alpha1.ModelPromotion) any { return p.Status.Gates })
}
