// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"context"
)

// Phase makes one more thing true, or ends the reconcile.
type Phase[S any] struct {
	// Condition is the condition that the phase works for: False if the phase ends the reconcile.
	Condition string
	Run       func(context.Context, S) Result
	// Next picks the phases that follow this one from what it found out; nil adds none.
	Next func(S) []Phase[S]
}

// RunPhases runs the phases until one ends the reconcile. It returns the result and condition of that
// phase. If all continue, the condition is empty, and the result has the shortest delay of a requeue.
func RunPhases[S any](ctx context.Context, s S, phases []Phase[S]) (Result, string) {
	all := Continue()
	for _, p := range phases {
		result := p.Run(ctx, s)
		if !result.CanContinue() {
			return result, p.Condition
		}
		all = all.withEarlierRequeue(result)
		if p.Next == nil {
			continue
		}
		result, condition := RunPhases(ctx, s, p.Next(s))
		if !result.CanContinue() {
			return result, condition
		}
		all = all.withEarlierRequeue(result)
	}
	return all, ""
}

// withEarlierRequeue returns the result with the shorter one of two delays; 0 is no delay.
func (r Result) withEarlierRequeue(other Result) Result {
	if r.requeueAfter == 0 || other.requeueAfter > 0 && other.requeueAfter < r.requeueAfter {
		r.requeueAfter = other.requeueAfter
	}
	return r
}
