// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// rollback asks for the version before. It has held the stage with every gate passed,
// and so does not have to beat the better one.
func rollback(ctx context.Context, w *world) error {
	if err := w.wantVersion(ctx, "1"); err != nil {
		return err
	}
	if err := w.awaitPromotion(ctx, production, "version 1 to be back", func(p *v1alpha1.ModelPromotion) bool {
		return ready(p).Reason == v1alpha1.ReasonRolledBack && p.Status.CurrentVersion == "1"
	}); err != nil {
		return err
	}
	if err := w.show(ctx, "promo"); err != nil {
		return err
	}
	return w.showEvents(ctx, production, "RolledBack")
}
