// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// blocked trains a version that is below staging's threshold. Staging keeps what it has,
// which is what it was asked for, and says why the newer one was refused.
func blocked(ctx context.Context, w *world) error {
	if err := w.train(ctx, "hasty"); err != nil {
		return err
	}
	if err := w.awaitPromotion(ctx, staging, "version 2 to be blocked", func(p *v1alpha1.ModelPromotion) bool {
		return ready(p).Reason == v1alpha1.ReasonCandidateBlocked && p.Status.CurrentVersion == "1" && p.Status.Candidate.Version == "2"
	}); err != nil {
		return err
	}
	if err := w.show(ctx, "promo"); err != nil {
		return err
	}
	return w.showMessage(ctx, staging)
}
