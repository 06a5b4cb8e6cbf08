// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package reconciler is the reconcile loop of every controller that works with MLflow.
//
// # Purpose
//
// Reading an object, its deletion, suspension, the order of the phases, the status write, the
// events and the requeue work the same way for all kinds. They are written here once, and a
// controller contains only what is specific to its kind.
//
// # Usage
//
// The scope of a controller embeds Scope. A phase reads and changes it and returns a Result:
//
//	func (r *Reconciler) observeModel(ctx context.Context, s *scope) reconciler.Result {
//		model, err := s.Snapshot.Reader().RegisteredModel(ctx, s.modelName)
//		if err != nil {
//			return reconciler.FromMLflowError(err)
//		}
//		s.mlflowModel = model
//		return reconciler.Continue()
//	}
//
// Reconcile describes the kind as a Loop and runs it:
//
//	func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
//		return r.newLoop().Reconcile(ctx, req)
//	}
//
// # How it works
//
// The loop reads the object, ensures its finalizer, and runs the phases in order until one does
// not return Continue. Then it sets the status in memory, writes it if it changed, and sends the
// events of the reconcile. Each Result has one meaning for the conditions and the work queue:
//
//   - Continue: the next phase runs.
//   - Waiting: something is expected to happen by itself. Ready is False and Reconciling True.
//     The object is reconciled again after the given time, or on the next event.
//   - RetryableError: a request failed. The conditions are as for Waiting, and the work queue
//     retries with backoff.
//   - Terminal: a person has to change something. Ready is False and Stalled True.
//   - ConnectionError: the connection failed. The conditions are as for Waiting. The error is
//     reported to the connection, which reconciles all of its objects when it is ready again.
//
// FromMLflowError translates the errors of the MLflow client into a Result.
//
// A status write has one of two forms. By default it fails with a conflict if the object changed
// since it was read, and the reconcile starts again. After a write to MLflow it succeeds in any
// case, because what was done must be recorded. SaveStatus writes the status during a reconcile:
// the write-ahead record that must exist before MLflow is changed.
//
// # Trade-offs
//
// A Result has one reason and one message. A phase that finds several problems puts them into one
// sentence.
//
// The hooks of a Loop are functions in a struct, not an interface: a kind sets the ones that it
// needs, and nil means that it has nothing to do there.
package reconciler
