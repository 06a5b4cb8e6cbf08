// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"context"
)

// Phase makes one more thing true, or ends the pass. Its condition is what it makes true.
type Phase[Scope any] struct {
	Condition string
	Run       func(context.Context, Scope) Result
}

// RunPhases goes through the phases until one ends the pass, and says which condition it was
// working for.
func RunPhases[Scope any](ctx context.Context, s Scope, phases []Phase[Scope]) (Result, string) {
	for _, p := range phases {
		if result := p.Run(ctx, s); !result.CanContinue() {
			return result, p.Condition
		}
	}
	return Continue(), ""
}
