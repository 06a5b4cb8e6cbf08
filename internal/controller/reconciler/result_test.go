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

// TestResults tests what each kind of result means for the conditions and the work queue.
func TestResults(t *testing.T) {
	unreachable := fmt.Errorf("list: %w", mlflow.ErrUnreachable)
	for name, test := range map[string]struct {
		result            Result
		wantConditions    []string
		wantResult        reconcile.Result
		wantErr           error
		wantConnectionErr error
	}{
		"Continue sets nothing":       {result: Continue()},
		"the zero Result is Continue": {result: Result{}},
		"Waiting is reconciled on the next event": {
			result:         Waiting("Soaking", "it soaks", 0),
			wantConditions: []string{"Ready=False Soaking: it soaks", "Reconciling=True Soaking: it soaks"},
		},
		"Waiting is reconciled after a delay": {
			result:         Waiting("Soaking", "it soaks", time.Minute),
			wantConditions: []string{"Ready=False Soaking: it soaks", "Reconciling=True Soaking: it soaks"},
			wantResult:     reconcile.Result{RequeueAfter: time.Minute, Priority: new(0)},
		},
		"RetryableError is an error for the queue": {
			result:         RetryableError("MLflowError", errUnexpected),
			wantConditions: []string{"Ready=False MLflowError: unlucky", "Reconciling=True MLflowError: unlucky"},
			wantErr:        errUnexpected,
		},
		"Terminal waits for a person": {
			result:         Terminal("Conflict", "delete one"),
			wantConditions: []string{"Ready=False Conflict: delete one", "Stalled=True Conflict: delete one"},
		},
		"Terminal can be reconciled after a delay": {
			result:         Terminal("Conflict", "delete one").WithRequeueAfter(time.Hour),
			wantConditions: []string{"Ready=False Conflict: delete one", "Stalled=True Conflict: delete one"},
			wantResult:     reconcile.Result{RequeueAfter: time.Hour, Priority: new(0)},
		},
		"ConnectionError waits for the connection": {
			result:            ConnectionError(unreachable),
			wantConditions:    []string{"Ready=False Unreachable: list: no answer", "Reconciling=True Unreachable: list: no answer"},
			wantConnectionErr: unreachable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			set := condition.New(1, nil)
			test.result.SetSummary(set)
			if diff := cmp.Diff(test.wantConditions, formatConditions(set)); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			result, err := test.result.ReconcileResult()
			if diff := cmp.Diff(test.wantResult, result); diff != "" || !errors.Is(err, test.wantErr) || (err != nil) != (test.wantErr != nil) {
				t.Errorf("result (-want +got):\n%s%v", diff, err)
			}
			connectionErr := test.result.ConnectionErr()
			if !errors.Is(connectionErr, test.wantConnectionErr) || (connectionErr != nil) != (test.wantConnectionErr != nil) {
				t.Errorf("connection error %v, want %v", connectionErr, test.wantConnectionErr)
			}
			if got := test.result.CanContinue(); got != (test.wantConditions == nil) {
				t.Errorf("CanContinue: %t", got)
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

// TestMLflowErrors tests how each kind of error ends the reconcile of an object, and that of a connection.
func TestMLflowErrors(t *testing.T) {
	for name, test := range map[string]struct {
		err                        error
		wantObject, wantConnection string
	}{
		"no answer":            {mlflow.ErrUnreachable, "connection Unreachable", "waiting Unreachable"},
		"TLS":                  {mlflow.ErrTLS, "connection InvalidCredentials", "terminal InvalidCredentials"},
		"401":                  {mlflow.ErrUnauthenticated, "connection CredentialsRejected", "terminal CredentialsRejected"},
		"host not allowed":     {mlflow.ErrHostNotAllowed, "connection HostNotAllowed", "terminal HostNotAllowed"},
		"not MLflow":           {mlflow.ErrNotMLflow, "retryable MLflowError", "terminal NotMLflow"},
		"an interrupted write": {mlflow.ErrInterrupted, "retryable MLflowError", "waiting Unreachable"},
		"our own deadline": {
			errors.Join(mlflow.ErrUnreachable, context.DeadlineExceeded), "retryable MLflowError", "waiting Unreachable",
		},
		"a timeout":          {errors.Join(mlflow.ErrUnreachable, mlflow.ErrTimeout), "retryable MLflowError", "waiting Unreachable"},
		"no such workspace":  {mlflow.ErrWorkspaceNotFound, "connection ReferenceNotFound", "terminal ReferenceNotFound"},
		"no workspaces":      {mlflow.ErrFeatureDisabled, "connection ReferenceNotFound", "terminal ReferenceNotFound"},
		"403":                {mlflow.ErrPermissionDenied, "terminal PermissionDenied", "terminal PermissionDenied"},
		"an invalid request": {mlflow.ErrInvalidParameter, "terminal InvalidSpec", "waiting Unreachable"},
		"500":                {mlflow.ErrServer, "retryable MLflowError", "waiting Unreachable"},
		"404":                {mlflow.ErrNotFound, "retryable MLflowError", "waiting Unreachable"},
		"the name exists":    {mlflow.ErrAlreadyExists, "retryable MLflowError", "waiting Unreachable"},
		"too large":          {mlflow.ErrTooLarge, "retryable MLflowError", "waiting Unreachable"},
		"anything else":      {errUnexpected, "retryable MLflowError", "waiting Unreachable"},
		"an error with its own reason": {
			&ReasonedError{Reason: "InvalidCredentials", Message: "no secret"}, "retryable MLflowError", "terminal InvalidCredentials",
		},
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

// TestIsSettled tests which results complete a reconcile. Only these end its priority.
func TestIsSettled(t *testing.T) {
	progressing := Waiting(v1alpha1.ReasonProgressing, "wait", time.Minute)
	for name, test := range map[string]struct {
		result       Result
		want         bool
		wantPriority *int
	}{
		"continue": {result: Continue(), want: true},
		"terminal": {
			result: Terminal(v1alpha1.ReasonConflict, "no").WithRequeueAfter(time.Minute), want: true, wantPriority: new(0),
		},
		"interrupted by an edit":            {result: progressing},
		"progressing on purpose":            {result: progressing.Settle(), want: true, wantPriority: new(0)},
		"a failed read from the API server": {result: RetryableError(v1alpha1.ReasonProgressing, errUnexpected)},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.result.IsSettled(); got != test.want {
				t.Errorf("IsSettled: %t", got)
			}
			result, _ := test.result.ReconcileResult()
			if diff := cmp.Diff(test.wantPriority, result.Priority); diff != "" {
				t.Errorf("priority (-want +got):\n%s", diff)
			}
		})
	}
}

func formatResult(r Result) string {
	kinds := map[resultKind]string{kindWaiting: "waiting", kindRetryable: "retryable", kindTerminal: "terminal", kindConnection: "connection"}
	return kinds[r.kind] + " " + r.Reason
}

// A missing connection and a missing workspace have the same reason.
func TestIsConnectionMissing(t *testing.T) {
	missing := ConnectionMissing("there is no MLflowConnection news/mlflow: create it")
	workspace := Waiting(ConnectionReason(mlflow.ErrWorkspaceNotFound), "no such workspace", 0)
	if missing.Reason != v1alpha1.ReasonReferenceNotFound || workspace.Reason != missing.Reason {
		t.Errorf("the reasons are %s and %s", missing.Reason, workspace.Reason)
	}
	if !missing.IsConnectionMissing() || workspace.IsConnectionMissing() {
		t.Errorf("missing: %t and %t, want true and false", missing.IsConnectionMissing(), workspace.IsConnectionMissing())
	}
}
