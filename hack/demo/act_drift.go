// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// drift moves the alias as somebody with access to MLflow might.
func drift(ctx context.Context, w *world) error {
	w.command(`curl -X POST %s/api/2.0/mlflow/registered-models/alias -H 'Content-Type: application/json' \
    -d '{"name": "%s", "alias": "%s", "version": "3"}'`, w.mlflow.URL, modelName, champion)
	if err := w.user.SetAlias(ctx, modelName, champion, "3"); err != nil {
		return err
	}
	if err := w.awaitPromotion(ctx, production, "the alias to be put back", func(p *v1alpha1.ModelPromotion) bool {
		return len(p.Status.History) > 0 && p.Status.History[0].Reason == v1alpha1.PromotionReasonDriftReverted
	}); err != nil {
		return err
	}
	holder, err := w.holder(ctx)
	if err != nil {
		return err
	}
	if holder != "1" {
		return fmt.Errorf("alias %s points to version %s in MLflow, not to 1", champion, holder)
	}
	return w.showEvents(ctx, production, "DriftReverted")
}
