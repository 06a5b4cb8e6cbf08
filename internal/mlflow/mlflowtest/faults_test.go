// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest_test

import (
	"errors"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// setAlias is the write on which faults are tried.
func setAlias(t *testing.T, s *mlflowtest.Server, version string) error {
	t.Helper()
	return tested(s).SetAlias(t.Context(), "m", "champion", version)
}

func withTwoVersions(t *testing.T) *mlflowtest.Server {
	t.Helper()
	s := start(t, mlflowtest.Options{})
	must(t, s.User().CreateModel(t.Context(), "m", nil))
	addVersion(t, s.User())
	addVersion(t, s.User())
	return s
}

func TestFaultsAnswerInPlaceOfTheHandler(t *testing.T) {
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
			s := withTwoVersions(t)
			s.Fail(mlflowtest.Any(), tc.fault)
			failure, ok := errors.AsType[*mlflowtest.ResponseError](setAlias(t, s, "1"))
			if !ok || failure.Status != tc.wantStatus || failure.Code != tc.wantCode {
				t.Errorf("got %v, want HTTP %d %s", failure, tc.wantStatus, tc.wantCode)
			}
			if s.Alias("m", "champion") != "" {
				t.Error("the refused write was applied")
			}
		})
	}
}

func TestALostAnswerIsAppliedAndADroppedCallIsNot(t *testing.T) {
	cases := map[string]struct {
		fault       mlflowtest.Fault
		wantAlias   string
		wantApplied bool
	}{
		"lost answer": {mlflowtest.LoseAnswer(), "1", true},
		"drop":        {mlflowtest.Drop(), "", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := withTwoVersions(t)
			s.Fail(mlflowtest.WriteCalls(), tc.fault)
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

func TestAFaultEndsAfterItsTimesAndWhenRemoved(t *testing.T) {
	s := withTwoVersions(t)
	rule := s.Fail(mlflowtest.Endpoint("POST registered-models/alias"), mlflowtest.ServerError().Times(1))
	if setAlias(t, s, "1") == nil {
		t.Error("the first call passed")
	}
	must(t, setAlias(t, s, "1"))
	if rule.Hits() != 1 {
		t.Errorf("%d hits", rule.Hits())
	}
	rule = s.Fail(mlflowtest.Any(), mlflowtest.ServerError())
	rule.Remove()
	must(t, setAlias(t, s, "2"))
}

func TestUsersPassWhileOthersFail(t *testing.T) {
	s := withTwoVersions(t)
	s.Fail(mlflowtest.Any(), mlflowtest.Drop())
	must(t, s.User().SetAlias(t.Context(), "m", "champion", "2"))
}

func TestAGateHoldsACallUntilItIsOpened(t *testing.T) {
	s := withTwoVersions(t)
	gate := s.Gate()
	s.Fail(mlflowtest.WriteCalls(), gate.Hold())
	done := make(chan error)
	go func() { done <- setAlias(t, s, "1") }()

	held := <-gate.Arrived()
	if held.Args.Text("version") != "1" || s.Alias("m", "champion") != "" {
		t.Error("the call was not held before it was handled")
	}
	must(t, s.User().SetAlias(t.Context(), "m", "champion", "2"))
	gate.Open()
	must(t, <-done)
	if s.Alias("m", "champion") != "1" {
		t.Error("the held call did not come last")
	}
}

func TestSomebodyElseComesFirst(t *testing.T) {
	s := withTwoVersions(t)
	s.Fail(mlflowtest.Nth(1, mlflowtest.WriteCalls()), mlflowtest.Before(func(mlflowtest.Call) {
		must(t, s.User().DeleteVersion(t.Context(), "m", "1"))
	}))
	if setAlias(t, s, "1") == nil {
		t.Error("the alias of a version deleted meanwhile was set")
	}
}
