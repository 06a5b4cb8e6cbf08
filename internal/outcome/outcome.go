// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package outcome

import (
	"time"

	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
)

type kind int

const (
	done kind = iota
	wait
	retry
	stall
	blame
)

// Outcome is how a phase ended. The zero Outcome is Done.
type Outcome struct {
	kind kind
	// Reason and Message are what the conditions say.
	Reason, Message string
	// after is when to look again; 0: when woken.
	after time.Duration
	err   error
}

// Done goes on with the next phase.
func Done() Outcome {
	return Outcome{}
}

// Wait ends the pass until something comes by itself. It looks again after the time
// given; 0: only when woken.
func Wait(reason, message string, after time.Duration) Outcome {
	return Outcome{kind: wait, Reason: reason, Message: message, after: after}
}

// Retry ends the pass because a request failed, and leaves it to the queue when to
// try again.
func Retry(reason string, err error) Outcome {
	return Outcome{kind: retry, Reason: reason, Message: err.Error(), err: err}
}

// Stall ends the pass because a person has to change something.
func Stall(reason, message string) Outcome {
	return Outcome{kind: stall, Reason: reason, Message: message}
}

// BlameConnection ends the pass because of an error that is the connection's.
func BlameConnection(err error) Outcome {
	return Outcome{kind: blame, Reason: ConnectionReason(err), Message: err.Error(), err: err}
}

// LookAgain makes a stalled object be looked at after some time all the same: what
// a person has to change may lie where nothing wakes us.
func (o Outcome) LookAgain(after time.Duration) Outcome {
	o.after = after
	return o
}

// IsDone tells whether the pass goes on.
func (o Outcome) IsDone() bool {
	return o.kind == done
}

// Blamed is the error that is the connection's fault, or nil.
func (o Outcome) Blamed() error {
	if o.kind != blame {
		return nil
	}
	return o.err
}

// Result is what the work queue is told. Only a failed request is an error to it. A pass
// that was overtaken keeps its place among others; a later look at something that has come
// to an end is as urgent as anything else.
func (o Outcome) Result() (reconcile.Result, error) {
	if o.kind == retry {
		return reconcile.Result{}, o.err
	}
	result := reconcile.Result{RequeueAfter: o.after}
	if o.after > 0 && o.Reason != v1alpha1.ReasonProgressing {
		result.Priority = new(0)
	}
	return result, nil
}

// Explain says of each positive condition, in the order in which they become true, what
// the ending means to it: False for the one that was worked for, unknown for those that
// would have come after it.
func (o Outcome) Explain(conditions *condition.Set, kinds []string, at string) {
	reached := false
	for _, kind := range kinds {
		switch {
		case kind == at:
			conditions.False(kind, o.Reason, o.Message)
			reached = true
		case reached:
			conditions.Unknown(kind, o.Reason, "not known while "+at+" is False")
		}
	}
}

// Summarize sets Ready, and Reconciling or Stalled, for a pass that ended early.
// What Ready says when the pass is done is for the controller to know.
func (o Outcome) Summarize(conditions *condition.Set) {
	if o.kind == done {
		return
	}
	conditions.False(v1alpha1.ConditionReady, o.Reason, o.Message)
	if o.kind == stall {
		conditions.True(v1alpha1.ConditionStalled, o.Reason, o.Message)
		return
	}
	conditions.True(v1alpha1.ConditionReconciling, o.Reason, o.Message)
}
