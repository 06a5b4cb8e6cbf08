// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// approve has the named person do what another could not do for her. Who loads the model by its
// stage gets the version from then on.
func approve(ctx context.Context, w *world) error {
	if err := w.approve(ctx, alice); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(w.out, "promotionapproval.registry.mlflow-operator.io/%s-%s created\n", production, tuned)
	if err := w.holds(ctx, production, tuned); err != nil {
		return err
	}
	if err := w.show(ctx, "pappr", "promo"); err != nil {
		return err
	}
	if err := w.showStatus(ctx, production, "history[0]", func(p *v1alpha1.ModelPromotion) any { return p.Status.History[0] }); err != nil {
		return err
	}
	return w.load(ctx)
}
