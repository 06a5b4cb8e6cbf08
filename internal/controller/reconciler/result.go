// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"fmt"
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

// Result is how a phase ended. The zero Result is Continue.
type Result struct {
	kind resultKind
	// Reason and Message are those of the conditions.
	Reason, Message string
	// requeueAfter is when the object is reconciled again; 0: on the next event.
	requeueAfter time.Duration
	// settled is true if the reconcile is complete although its reason is Progressing.
	settled bool
	// connectionMissing is true if the connection of the object does not exist.
	connectionMissing bool
	// keepsStatus is true if the status that the object has remains valid.
	keepsStatus bool
	err         error
}

// Continue runs the next phase.
func Continue() Result {
	return Result{}
}

// Waiting ends the reconcile until something happens by itself. The object is reconciled again after
// the given time, or with 0 on the next event.
func Waiting(reason, message string, after time.Duration) Result {
	return Result{kind: kindWaiting, Reason: reason, Message: message, requeueAfter: after}
}

// RetryableError ends the reconcile because a request failed. The work queue decides when to retry.
func RetryableError(reason string, err error) Result {
	return Result{kind: kindRetryable, Reason: reason, Message: err.Error(), err: err}
}

// Terminal ends the reconcile because a person has to change something.
func Terminal(reason, message string) Result {
	return Result{kind: kindTerminal, Reason: reason, Message: message}
}

// ConnectionError ends the reconcile because of an error of the connection.
func ConnectionError(err error) Result {
	return Result{kind: kindConnection, Reason: ConnectionReason(err), Message: err.Error(), err: err}
}

// ConnectionMissing ends the reconcile because the connection of the object does not exist. It is
// more than the reason ReferenceNotFound, which is also that of a workspace that the server does
// not know.
func ConnectionMissing(message string) Result {
	result := Waiting(v1alpha1.ReasonReferenceNotFound, message, 0)
	result.connectionMissing = true
	return result
}

// IsConnectionMissing reports whether the connection of the object does not exist, so that nothing
// can be read or written for it.
func (r Result) IsConnectionMissing() bool {
	return r.connectionMissing
}

// WithRequeueAfter reconciles the object again after some time even if no event comes: what a person
// has to change may be in a place that sends no events, such as MLflow.
func (r Result) WithRequeueAfter(after time.Duration) Result {
	r.requeueAfter = after
	return r
}

// Settle completes a reconcile whose reason is Progressing. It waits on purpose, and the next
// reconcile has no priority over those of other objects.
func (r Result) Settle() Result {
	r.settled = true
	return r
}

// KeepStatus leaves the status of the object unchanged: more will be known soon, and an event will
// trigger another reconcile.
func (r Result) KeepStatus() Result {
	r.keepsStatus = true
	return r
}

// IsSettled reports whether the reconcile is complete. It is not if the object changed during the
// reconcile, or if something could not be read.
func (r Result) IsSettled() bool {
	return r.CanContinue() || r.settled || r.Reason != v1alpha1.ReasonProgressing
}

// CanContinue reports whether the next phase can run.
func (r Result) CanContinue() bool {
	return r.kind == kindContinue
}

// ConnectionErr returns the error of the connection, or nil if the connection did not fail.
func (r Result) ConnectionErr() error {
	if r.kind != kindConnection {
		return nil
	}
	return r.err
}

// ReconcileResult translates the result for the work queue. Only a failed request is an error. A
// complete reconcile is repeated with the priority of any other object; an incomplete one keeps its
// priority.
func (r Result) ReconcileResult() (reconcile.Result, error) {
	if r.kind == kindRetryable {
		return reconcile.Result{}, r.err
	}
	result := reconcile.Result{RequeueAfter: r.requeueAfter}
	if r.requeueAfter > 0 && r.IsSettled() {
		result.Priority = new(0)
	}
	return result, nil
}

// SetConditions sets the positive conditions that the reconcile did not reach. The kinds are in the
// order in which they become True: the condition of the phase that ended the reconcile is False, and
// the ones after it are Unknown.
func (r Result) SetConditions(conditions *condition.Set, kinds []string, ended string) {
	reached := false
	for _, kind := range kinds {
		switch {
		case kind == ended:
			conditions.MarkFalse(kind, r.Reason, r.Message)
			reached = true
		case reached:
			conditions.MarkUnknown(kind, r.Reason, "not known while "+ended+" is False")
		}
	}
}

// SetSummary sets Ready, and Reconciling or Stalled, after a reconcile that a phase ended. If all
// phases continued, the controller sets Ready.
func (r Result) SetSummary(conditions *condition.Set) {
	if r.kind == kindContinue {
		return
	}
	conditions.MarkFalse(v1alpha1.ConditionReady, r.Reason, r.Message)
	if r.kind == kindTerminal {
		conditions.MarkTrue(v1alpha1.ConditionStalled, r.Reason, r.Message)
		return
	}
	conditions.MarkTrue(v1alpha1.ConditionReconciling, r.Reason, r.Message)
}

// SetSuspended sets Ready and the positive conditions of an object with spec.suspend.
func SetSuspended(conditions *condition.Set, kinds []string) {
	for _, kind := range append([]string{v1alpha1.ConditionReady}, kinds...) {
		conditions.MarkUnknown(kind, v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to continue")
	}
}

// DeletionRequeueAfter is how often a deletion or a retention checks what it waits for, if no event
// reports it: a minute costs few requests, and deletions are not urgent.
const DeletionRequeueAfter = time.Minute

// WaitingForDeletion adds to the message of a result that the deletion of an object waits for it, and
// how to end the wait. The subject is a noun, as in "the model".
func WaitingForDeletion(result Result, subject string) Result {
	result.Message = fmt.Sprintf("%s; the deletion waits for it, the annotation %s: \"true\" ends the wait and leaves %s as it is",
		result.Message, v1alpha1.OrphanOnDeleteAnnotation, subject)
	return result
}
