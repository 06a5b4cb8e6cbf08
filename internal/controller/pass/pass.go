// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package pass is how a controller goes through its phases.
package pass

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// Phase makes one more thing true, or ends the pass. Its condition is what it makes true.
type Phase[Scope any] struct {
	Condition string
	Run       func(context.Context, Scope) outcome.Outcome
}

// Run goes through the phases until one ends the pass, and says which condition it was
// working for.
func Run[Scope any](ctx context.Context, s Scope, phases []Phase[Scope]) (outcome.Outcome, string) {
	for _, p := range phases {
		if ended := p.Run(ctx, s); !ended.IsDone() {
			return ended, p.Condition
		}
	}
	return outcome.Done(), ""
}
