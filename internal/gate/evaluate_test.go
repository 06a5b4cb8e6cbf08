// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

func TestResultIdentity(t *testing.T) {
	f := fixture{}
	f.addLoggedModelVersion("4", modelID)
	got := f.evaluate(t, newRequest())
	want := Result{
		Stage: "production", Model: "sentiment", ModelCreated: 100, Version: "4", VersionCreated: 200,
		RunID: runA, LoggedModelID: modelID, Gates: got.Gates,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(GateResult{})); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyGate(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA)
	want := "Failed GateFailed: the gate sets none of metric, comparison, tag, approval (gate empty)"
	if diff := cmp.Diff(want, formatLastGate(f.evaluate(t, newRequest(v1alpha1.Gate{Name: "empty"})))); diff != "" {
		t.Error(diff)
	}
}
