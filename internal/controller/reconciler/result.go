// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
)

type resultKind int

const (
	kindContinue resultKind = iota
	kindWaiting
	kindRetryable
	kindTerminal
	kindConnection
)

// Result is how a phase ended. The zero Outcome is Done.
type Result struct {
	kind resultKind
	// Reason and Message are what the conditions say.
	Reason, Message string
	// requeueAfter is when to look again; 0: when woken.
	requeueAfter time.Duration
	// settled is whether the reconcile came to an end although its reason is Progressing.
	settled bool
	err     error
}

// Continue goes on with the next phase.
func Continue() Result {
	return Result{}
}

// Waiting ends the pass until something comes by itself. It looks again after the time
// given; 0: only when woken.
func Waiting(reason, message string, after time.Duration) Result {
	return Result{kind: kindWaiting, Reason: reason, Message: message, requeueAfter: after}
}

// RetryableError ends the pass because a request failed, and leaves it to the queue when to
// try again.
func RetryableError(reason string, err error) Result {
	return Result{kind: kindRetryable, Reason: reason, Message: err.Error(), err: err}
}

// Terminal ends the pass because a person has to change something.
func Terminal(reason, message string) Result {
	return Result{kind: kindTerminal, Reason: reason, Message: message}
}

// ConnectionError ends the pass because of an error that is the connection's.
func ConnectionError(err error) Result {
	return Result{kind: kindConnection, Reason: ConnectionReason(err), Message: err.Error(), err: err}
}

// WithRequeueAfter makes a stalled object be looked at after some time all the same: what
// a person has to change may lie where nothing wakes us.
func (o Result) WithRequeueAfter(after time.Duration) Result {
	o.requeueAfter = after
	return o
}

// Settle marks an ending with reason Progressing that nobody waits for: it is reached on
// purpose, and the next reconcile has no priority over those of other objects.
func (o Result) Settle() Result {
	o.settled = true
	return o
}

// IsSettled is whether the reconcile came to an end. One that was overtaken, or that could
// not read what it needs, did not.
func (o Result) IsSettled() bool {
	return o.CanContinue() || o.settled || o.Reason != v1alpha1.ReasonProgressing
}

// CanContinue tells whether the pass goes on.
func (o Result) CanContinue() bool {
	return o.kind == kindContinue
}

// ConnectionErr is the error that is the connection's fault, or nil.
func (o Result) ConnectionErr() error {
	if o.kind != kindConnection {
		return nil
	}
	return o.err
}

// ReconcileResult is what the work queue is told. Only a failed request is an error to it. A pass
// that was overtaken keeps its place among others; a later look at something that has come
// to an end is as urgent as anything else.
func (o Result) ReconcileResult() (reconcile.Result, error) {
	if o.kind == kindRetryable {
		return reconcile.Result{}, o.err
	}
	result := reconcile.Result{RequeueAfter: o.requeueAfter}
	if o.requeueAfter > 0 && o.IsSettled() {
		result.Priority = new(0)
	}
	return result, nil
}

// SetConditions says of each positive condition, in the order in which they become true, what
// the ending means to it: False for the one that was worked for, unknown for those that
// would have come after it.
func (o Result) SetConditions(conditions *condition.Set, kinds []string, at string) {
	reached := false
	for _, kind := range kinds {
		switch {
		case kind == at:
			conditions.MarkFalse(kind, o.Reason, o.Message)
			reached = true
		case reached:
			conditions.MarkUnknown(kind, o.Reason, "not known while "+at+" is False")
		}
	}
}

// SetSummary sets Ready, and Reconciling or Stalled, for a pass that ended early.
// What Ready says when the pass is done is for the controller to know.
func (o Result) SetSummary(conditions *condition.Set) {
	if o.kind == kindContinue {
		return
	}
	conditions.MarkFalse(v1alpha1.ConditionReady, o.Reason, o.Message)
	if o.kind == kindTerminal {
		conditions.MarkTrue(v1alpha1.ConditionStalled, o.Reason, o.Message)
		return
	}
	conditions.MarkTrue(v1alpha1.ConditionReconciling, o.Reason, o.Message)
}
