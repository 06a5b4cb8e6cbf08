// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/metadata"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const mark = v1alpha1.ManagedByTag

// live is a model in MLflow with these tags.
func live(tags map[string]string) *entities.RegisteredModel {
	return &entities.RegisteredModel{Name: "sentiment", CreationTimestamp: 1000, Description: "live", Tags: tags}
}

// TestPlan says what is written and which keys are remembered before it is.
func TestPlan(t *testing.T) {
	for name, test := range map[string]struct {
		tags, desired map[string]string
		description   string
		ledger        []string
		want          []metadata.Change
		wantLedger    []string
	}{
		"all is as declared": {
			tags: map[string]string{"a": "1"}, desired: map[string]string{"a": "1"}, description: "live",
			ledger: []string{"a"}, wantLedger: []string{"a"},
		},
		"the mark is written first, then by key": {
			desired: map[string]string{"z": "1", "a": "2", mark: "us"},
			want: []metadata.Change{
				{Kind: metadata.SetTag, Key: mark, Desired: "us"},
				{Kind: metadata.SetTag, Key: "a", Desired: "2"},
				{Kind: metadata.SetTag, Key: "z", Desired: "1"},
			},
			wantLedger: []string{"a", "z"},
		},
		"a value that differs": {
			tags: map[string]string{"a": "1"}, desired: map[string]string{"a": "2"},
			want: []metadata.Change{{Kind: metadata.SetTag, Key: "a", Live: "1", Desired: "2"}}, wantLedger: []string{"a"},
		},
		"an empty value is not a missing tag": {
			desired: map[string]string{"a": ""}, want: []metadata.Change{{Kind: metadata.SetTag, Key: "a"}}, wantLedger: []string{"a"},
		},
		"a key that is not declared any more is removed if we wrote it": {
			tags: map[string]string{"a": "1", "foreign": "1"}, ledger: []string{"a"},
			want: []metadata.Change{{Kind: metadata.DeleteTag, Key: "a", Live: "1"}}, wantLedger: []string{"a"},
		},
		"a key that somebody else removed is forgotten": {ledger: []string{"a"}},
		"a key that somebody else wrote as declared is not ours": {
			tags: map[string]string{"a": "1"}, desired: map[string]string{"a": "1"},
		},
		"a description that differs": {
			description: "declared", want: []metadata.Change{{Kind: metadata.SetDescription, Live: "live", Desired: "declared"}},
		},
		"no description leaves MLflow's alone": {},
	} {
		t.Run(name, func(t *testing.T) {
			declared := metadata.Values{Description: test.description, Tags: test.desired}
			plan := planChanges(live(test.tags), declared, test.ledger)
			if diff := cmp.Diff(test.want, plan); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantLedger, planLedger(live(test.tags), declared, test.ledger, plan)); diff != "" {
				t.Errorf("ledger (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDesiredTags(t *testing.T) {
	s := &scope{mark: "us", object: builder.RegisteredModel("sentiment").Tag("team", "nlp").
		Owner("nlp-team").UseCase("news").DeploymentTarget("production").Build()}
	want := map[string]string{mark: "us", "team": "nlp", "owner": "nlp-team", "use_case": "news", "deployment_target": "production"}
	if diff := cmp.Diff(want, desiredTags(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{mark: "us"}, desiredTags(&scope{mark: "us", object: &v1alpha1.RegisteredModel{}})); diff != "" {
		t.Errorf("nothing declared (-want +got):\n%s", diff)
	}
}

func TestPlanned(t *testing.T) {
	long := strings.Repeat("ä", 600)
	for name, test := range map[string]struct {
		change metadata.Change
		want   v1alpha1.PlannedChange
	}{
		"a tag": {
			metadata.Change{Kind: metadata.SetTag, Key: "a", Live: "1", Desired: "2"},
			v1alpha1.PlannedChange{Field: "tags/a", Live: "1", Desired: "2"},
		},
		"a description": {
			metadata.Change{Kind: metadata.SetDescription, Desired: "x"},
			v1alpha1.PlannedChange{Field: "description", Desired: "x"}},
		"a long value": {
			metadata.Change{Kind: metadata.DeleteTag, Key: "a", Live: long},
			v1alpha1.PlannedChange{Field: "tags/a", Live: strings.Repeat("ä", 511) + "…"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, planned(test.change)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	model := v1alpha1.PlannedChange{Field: "model", Desired: "m"}
	if diff := cmp.Diff(model, plannedChange(modelField, "", "m")); diff != "" {
		t.Errorf("a model (-want +got):\n%s", diff)
	}
}
