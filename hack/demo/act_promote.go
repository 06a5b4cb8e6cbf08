// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import "context"

// promote trains the version that production asks for. Staging takes it because it is
// the newest validated one; production, because staging has held it.
func promote(ctx context.Context, w *world) error {
	if err := w.train(ctx, "good"); err != nil {
		return err
	}
	if err := w.holds(ctx, staging, "1"); err != nil {
		return err
	}
	if err := w.holds(ctx, production, "1"); err != nil {
		return err
	}
	if err := w.show(ctx, "promo", "rmodel"); err != nil {
		return err
	}
	return w.showEvents(ctx, production, "Promoted")
}
