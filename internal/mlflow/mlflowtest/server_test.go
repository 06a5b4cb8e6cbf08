// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// The contract suite tests how MLflow behaves. These tests cover what only this server has:
// records, inspection, faults.

func TestCallsAreRecordedInOrderAndUsersAreNot(t *testing.T) {
	s := startServer(t, mlflowtest.Options{})
	requireNoError(t, s.User().CreateModel(t.Context(), "m", nil))
	addVersion(t, s.User())

	client := newTestedUser(s)
	requireNoError(t, client.SetAlias(t.Context(), "m", "champion", "1"))
	if err := client.SetAlias(t.Context(), "m", "champion", "2"); err == nil {
		t.Error("an alias of a missing version was accepted")
	}
	requireNoError(t, client.CallEndpoint(t.Context(), "GET", "registered-models/get", map[string]any{"name": "m"}, nil))
	requireNoError(t, client.CallEndpoint(t.Context(), "POST", "runs/search", map[string]any{"experiment_ids": []string{"0"}}, nil))

	type line struct {
		Call           string
		Status         int
		Write, Applied bool
	}
	var got []line
	for _, call := range s.Calls() {
		got = append(got, line{call.String(), call.Status, call.Write, call.Applied})
	}
	want := []line{
		{"POST registered-models/alias", 200, true, true},
		{"POST registered-models/alias", 404, true, false},
		{"GET registered-models/get", 200, false, false},
		{"POST runs/search", 200, false, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if s.CountCalls("registered-models/alias") != 2 || s.CountCalls("DELETE registered-models/alias") != 0 || len(s.Writes()) != 2 {
		t.Error("counts differ from the calls")
	}
	s.ResetCalls()
	if len(s.Calls()) != 0 || s.Alias("m", "champion") != "1" {
		t.Error("a reset must remove the calls and keep the state")
	}
}

func TestOnWriteReceivesAppliedWritesAndMayInspect(t *testing.T) {
	s := startServer(t, mlflowtest.Options{})
	var seen []string
	s.OnWrite(func(w mlflowtest.Write) {
		if s.Model("m") == nil {
			t.Error("the hook runs before the write is visible")
		}
		seen = append(seen, w.String())
	})
	requireNoError(t, s.User().CreateModel(t.Context(), "m", nil))
	if err := s.User().CreateModel(t.Context(), "m", nil); err == nil {
		t.Error("a model was created twice")
	}
	if diff := cmp.Diff([]string{"POST registered-models/create"}, seen); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}

func TestInspectionOfMissingObjects(t *testing.T) {
	s := startServer(t, mlflowtest.Options{})
	requireNoError(t, s.User().CreateModel(t.Context(), "m", map[string]string{"team": "nlp"}))
	if s.Model("n") != nil || s.Version("m", "1") != nil || s.Version("m", "x") != nil || s.Alias("m", "a") != "" {
		t.Error("a missing object was found")
	}
	if diff := cmp.Diff([]string{"m"}, s.ModelNames()); diff != "" {
		t.Errorf("models (-want +got):\n%s", diff)
	}
	if got := s.Model("m").Tags["team"]; got != "nlp" {
		t.Errorf("tag team is %q", got)
	}
}

func TestIdsAreTheSameInEveryRun(t *testing.T) {
	ids := func() []string {
		s := startServer(t, mlflowtest.Options{})
		run, err := s.User().CreateRun(t.Context(), "0", nil)
		requireNoError(t, err)
		model, err := s.User().CreateLoggedModel(t.Context(), "0", run.RunID)
		requireNoError(t, err)
		return []string{run.RunID, model.ModelID}
	}
	if diff := cmp.Diff(ids(), ids()); diff != "" {
		t.Errorf("ids differ:\n%s", diff)
	}
}
