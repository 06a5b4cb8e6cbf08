// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package reconciler

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

var errUnexpected = errors.New("unlucky")

// TestResults says of each ending what the conditions and the work queue are told.
func TestResults(t *testing.T) {
	dead := fmt.Errorf("list: %w", mlflow.ErrUnreachable)
	for name, test := range map[string]struct {
		ending         Result
		wantConditions []string
		wantResult     reconcile.Result
		wantErr        error
		wantBlamed     error
	}{
		"Done goes on":             {ending: Continue()},
		"the zero Outcome is Done": {ending: Result{}},
		"Wait looks again when woken": {
			ending:         Waiting("Soaking", "it soaks", 0),
			wantConditions: []string{"Ready=False Soaking: it soaks", "Reconciling=True Soaking: it soaks"},
		},
		"Wait looks again in time": {
			ending:         Waiting("Soaking", "it soaks", time.Minute),
			wantConditions: []string{"Ready=False Soaking: it soaks", "Reconciling=True Soaking: it soaks"},
			wantResult:     reconcile.Result{RequeueAfter: time.Minute, Priority: new(0)},
		},
		"Retry leaves it to the queue": {
			ending:         RetryableError("MLflowError", errUnexpected),
			wantConditions: []string{"Ready=False MLflowError: unlucky", "Reconciling=True MLflowError: unlucky"},
			wantErr:        errUnexpected,
		},
		"Stall waits for a person": {
			ending:         Terminal("Conflict", "delete one"),
			wantConditions: []string{"Ready=False Conflict: delete one", "Stalled=True Conflict: delete one"},
		},
		"Stall may look again": {
			ending:         Terminal("Conflict", "delete one").WithRequeueAfter(time.Hour),
			wantConditions: []string{"Ready=False Conflict: delete one", "Stalled=True Conflict: delete one"},
			wantResult:     reconcile.Result{RequeueAfter: time.Hour, Priority: new(0)},
		},
		"BlameConnection waits for the connection": {
			ending:         ConnectionError(dead),
			wantConditions: []string{"Ready=False Unreachable: list: no answer", "Reconciling=True Unreachable: list: no answer"},
			wantBlamed:     dead,
		},
	} {
		t.Run(name, func(t *testing.T) {
			set := condition.New(1, nil)
			test.ending.SetSummary(set)
			if diff := cmp.Diff(test.wantConditions, formatConditions(set)); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			result, err := test.ending.ReconcileResult()
			if diff := cmp.Diff(test.wantResult, result); diff != "" || !errors.Is(err, test.wantErr) || (err != nil) != (test.wantErr != nil) {
				t.Errorf("result (-want +got):\n%s%v", diff, err)
			}
			if blamed := test.ending.ConnectionErr(); !errors.Is(blamed, test.wantBlamed) || (blamed != nil) != (test.wantBlamed != nil) {
				t.Errorf("blamed %v, want %v", blamed, test.wantBlamed)
			}
			if done := test.ending.CanContinue(); done != (test.wantConditions == nil) {
				t.Errorf("done: %t", done)
			}
		})
	}
}

func formatConditions(set *condition.Set) []string {
	var all []string
	for _, c := range set.List() {
		all = append(all, fmt.Sprintf("%s=%s %s: %s", c.Type, c.Status, c.Reason, c.Message))
	}
	return all
}

// TestMLflowErrors says of each kind of error how it ends the pass of an object, and
// how that of a connection.
func TestMLflowErrors(t *testing.T) {
	for name, test := range map[string]struct {
		err                        error
		wantObject, wantConnection string
	}{
		"no answer":            {mlflow.ErrUnreachable, "blame Unreachable", "wait Unreachable"},
		"TLS":                  {mlflow.ErrTLS, "blame InvalidCredentials", "stall InvalidCredentials"},
		"401":                  {mlflow.ErrUnauthenticated, "blame CredentialsRejected", "stall CredentialsRejected"},
		"host not allowed":     {mlflow.ErrHostNotAllowed, "blame HostNotAllowed", "stall HostNotAllowed"},
		"not MLflow":           {mlflow.ErrNotMLflow, "retry MLflowError", "stall NotMLflow"},
		"a write was cut off":  {mlflow.ErrInterrupted, "retry MLflowError", "wait Unreachable"},
		"given up by us":       {errors.Join(mlflow.ErrUnreachable, context.DeadlineExceeded), "retry MLflowError", "wait Unreachable"},
		"too late":             {errors.Join(mlflow.ErrUnreachable, mlflow.ErrTimeout), "retry MLflowError", "wait Unreachable"},
		"no such workspace":    {mlflow.ErrWorkspaceNotFound, "blame ReferenceNotFound", "stall ReferenceNotFound"},
		"no workspaces":        {mlflow.ErrFeatureDisabled, "blame ReferenceNotFound", "stall ReferenceNotFound"},
		"403":                  {mlflow.ErrPermissionDenied, "stall PermissionDenied", "stall PermissionDenied"},
		"a request is refused": {mlflow.ErrInvalidParameter, "stall InvalidSpec", "wait Unreachable"},
		"500":                  {mlflow.ErrServer, "retry MLflowError", "wait Unreachable"},
		"404":                  {mlflow.ErrNotFound, "retry MLflowError", "wait Unreachable"},
		"the name is taken":    {mlflow.ErrAlreadyExists, "retry MLflowError", "wait Unreachable"},
		"too large":            {mlflow.ErrTooLarge, "retry MLflowError", "wait Unreachable"},
		"anything else":        {errUnexpected, "retry MLflowError", "wait Unreachable"},
		"a cause of its own":   {&ReasonedError{Reason: "InvalidCredentials", Message: "no secret"}, "retry MLflowError", "stall InvalidCredentials"},
	} {
		t.Run(name, func(t *testing.T) {
			wrapped := fmt.Errorf("get model: %w", test.err)
			if diff := cmp.Diff(test.wantObject, formatResult(FromMLflowError(wrapped))); diff != "" {
				t.Errorf("object (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantConnection, formatResult(FromPollError(wrapped))); diff != "" {
				t.Errorf("connection (-want +got):\n%s", diff)
			}
			if got := FromPollError(wrapped).Message; got != wrapped.Error() {
				t.Errorf("message %q", got)
			}
		})
	}
}

// TestSettled says which endings end a reconcile. Only these give up its priority.
func TestSettled(t *testing.T) {
	progressing := Waiting(v1alpha1.ReasonProgressing, "wait", time.Minute)
	for name, test := range map[string]struct {
		ending       Result
		want         bool
		wantPriority *int
	}{
		"done":                         {ending: Continue(), want: true},
		"stalled":                      {ending: Terminal(v1alpha1.ReasonConflict, "no").WithRequeueAfter(time.Minute), want: true, wantPriority: new(0)},
		"overtaken":                    {ending: progressing},
		"progressing, and no sooner":   {ending: progressing.Settle(), want: true, wantPriority: new(0)},
		"not read from the API server": {ending: RetryableError(v1alpha1.ReasonProgressing, errUnexpected)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.ending.IsSettled(); got != test.want {
				t.Errorf("settled %t", got)
			}
			result, _ := test.ending.ReconcileResult()
			if diff := cmp.Diff(test.wantPriority, result.Priority); diff != "" {
				t.Errorf("priority (-want +got):\n%s", diff)
			}
		})
	}
}

func formatResult(o Result) string {
	kinds := map[resultKind]string{kindWaiting: "wait", kindRetryable: "retry", kindTerminal: "stall", kindConnection: "blame"}
	return kinds[o.kind] + " " + o.Reason
}
