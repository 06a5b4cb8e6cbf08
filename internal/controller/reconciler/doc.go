// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package reconciler holds what the reconcilers of all kinds have in common: phases, the five
// results of a phase, and the status write that ends a reconcile.
//
// # Purpose
//
// What an ending means to the work queue and to the conditions is decided here and
// nowhere else, so that all controllers answer alike and a phase says only what
// happened.
//
// # Usage
//
//	func (r *Reconciler) observe(ctx context.Context, s *scope) outcome.Outcome {
//		model, err := s.view.Reader().RegisteredModel(ctx, s.name)
//		if err != nil {
//			return outcome.Request(err)
//		}
//		s.model = model
//		return outcome.Done()
//	}
//
// # How it works
//
// Done goes on with the next phase. The others end the pass:
//
//   - Wait: something is expected to come by itself. Ready is False, Reconciling
//     True, and the object is looked at again after the time given, or when it is
//     woken.
//   - Retry: a request failed. Likewise, but the queue's own backoff decides when.
//   - Stall: a person has to change something. Ready is False, Stalled True.
//   - ConnectionError: the connection is at fault. It is told, it tells all its
//     objects, and wakes them when it is well again; this object waits for that.
//
// Request and Connection translate the errors of the MLflow client.
//
// # Trade-offs
//
// An ending carries one reason and one message. A phase that finds several things
// wrong at once writes them into one sentence.
package reconciler
