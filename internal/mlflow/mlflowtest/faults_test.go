// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest_test

import (
	"errors"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// setAlias is the write of the fault tests.
func setAlias(t *testing.T, s *mlflowtest.Server, version string) error {
	t.Helper()
	return newTestedUser(s).SetAlias(t.Context(), "m", "champion", version)
}

func startWithTwoVersions(t *testing.T) *mlflowtest.Server {
	t.Helper()
	s := startServer(t, mlflowtest.Options{})
	requireNoError(t, s.User().CreateModel(t.Context(), "m", nil))
	addVersion(t, s.User())
	addVersion(t, s.User())
	return s
}

func TestFaultsReplaceTheHandler(t *testing.T) {
	cases := map[string]struct {
		fault      mlflowtest.Fault
		wantStatus int
		wantCode   string
	}{
		"a 500 in JSON":        {mlflowtest.ServerError(), 500, "INTERNAL_ERROR"},
		"a 500 in HTML":        {mlflowtest.ServerErrorHTML(), 500, ""},
		"a 401":                {mlflowtest.Unauthorized(), 401, ""},
		"a 403":                {mlflowtest.Forbidden(), 403, ""},
		"a wrong host":         {mlflowtest.HostNotAllowed(), 403, ""},
		"a 404 in HTML":        {mlflowtest.NotFoundHTML(), 404, ""},
		"no workspaces":        {mlflowtest.FeatureDisabled(), 500, "FEATURE_DISABLED"},
		"an unknown workspace": {mlflowtest.WorkspaceNotFound("team"), 404, "RESOURCE_DOES_NOT_EXIST"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := startWithTwoVersions(t)
			s.InjectFault(mlflowtest.AnyCall(), tc.fault)
			failure, ok := errors.AsType[*mlflowtest.ResponseError](setAlias(t, s, "1"))
			if !ok || failure.Status != tc.wantStatus || failure.Code != tc.wantCode {
				t.Errorf("got %v, want HTTP %d %s", failure, tc.wantStatus, tc.wantCode)
			}
			if s.Alias("m", "champion") != "" {
				t.Error("the failed write was applied")
			}
		})
	}
}

func TestADroppedResponseIsAppliedAndADroppedConnectionIsNot(t *testing.T) {
	cases := map[string]struct {
		fault       mlflowtest.Fault
		wantAlias   string
		wantApplied bool
	}{
		"lost answer": {mlflowtest.DropResponse(), "1", true},
		"drop":        {mlflowtest.DropConnection(), "", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := startWithTwoVersions(t)
			s.InjectFault(mlflowtest.WriteCalls(), tc.fault)
			if setAlias(t, s, "1") == nil {
				t.Error("an answer arrived")
			}
			if got := s.Alias("m", "champion"); got != tc.wantAlias {
				t.Errorf("alias is %q, want %q", got, tc.wantAlias)
			}
			if write := s.Writes()[0]; write.Applied != tc.wantApplied || write.Status != 0 {
				t.Errorf("recorded as %+v", write)
			}
		})
	}
}

func TestAFaultEndsAfterItsCountOrRemoval(t *testing.T) {
	s := startWithTwoVersions(t)
	rule := s.InjectFault(mlflowtest.CallsTo("POST registered-models/alias"), mlflowtest.ServerError().Times(1))
	if setAlias(t, s, "1") == nil {
		t.Error("the first call succeeded")
	}
	requireNoError(t, setAlias(t, s, "1"))
	if rule.Hits() != 1 {
		t.Errorf("%d hits", rule.Hits())
	}
	rule = s.InjectFault(mlflowtest.AnyCall(), mlflowtest.ServerError())
	rule.Remove()
	requireNoError(t, setAlias(t, s, "2"))
}

func TestUsersAreNotAffectedByFaults(t *testing.T) {
	s := startWithTwoVersions(t)
	s.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
	requireNoError(t, s.User().SetAlias(t.Context(), "m", "champion", "2"))
}

func TestABarrierBlocksACallUntilItIsReleased(t *testing.T) {
	s := startWithTwoVersions(t)
	barrier := s.NewBarrier()
	s.InjectFault(mlflowtest.WriteCalls(), barrier.BlockRequest())
	done := make(chan error)
	go func() { done <- setAlias(t, s, "1") }()

	blocked := <-barrier.Calls()
	if blocked.Args.String("version") != "1" || s.Alias("m", "champion") != "" {
		t.Error("the call was not blocked before it was handled")
	}
	requireNoError(t, s.User().SetAlias(t.Context(), "m", "champion", "2"))
	barrier.Release()
	requireNoError(t, <-done)
	if s.Alias("m", "champion") != "1" {
		t.Error("the blocked call was not the last")
	}
}

func TestBeforeRunsAheadOfTheHandler(t *testing.T) {
	s := startWithTwoVersions(t)
	s.InjectFault(mlflowtest.NthCall(1, mlflowtest.WriteCalls()), mlflowtest.RunBefore(func(mlflowtest.Call) {
		requireNoError(t, s.User().DeleteVersion(t.Context(), "m", "1"))
	}))
	if setAlias(t, s, "1") == nil {
		t.Error("the alias of a deleted version was set")
	}
}
