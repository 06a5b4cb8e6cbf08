// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"os"
	"strings"
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
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Answer{})); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyGate(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA)
	want := "Failed GateFailed: the gate sets none of " + strings.Join(listFieldNames(), ", ") + " (gate empty)"
	if diff := cmp.Diff(want, formatLastGate(f.evaluate(t, newRequest(v1alpha1.Gate{Name: "empty"})))); diff != "" {
		t.Error(diff)
	}
}

// TestDocsDescribeEveryType: the page of the API has a paragraph for each type of gate.
func TestDocsDescribeEveryType(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/registeredmodel.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range evaluators {
		if paragraph := "\n`" + e.fieldName() + "` "; !strings.Contains(string(page), paragraph) {
			t.Errorf("the page has no paragraph that begins with %s", paragraph)
		}
	}
}
