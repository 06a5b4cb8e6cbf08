// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const ownerTag = v1alpha1.ManagedByTag

// newMLflowModel is a model in MLflow with these tags.
func newMLflowModel(tags map[string]string) *entities.RegisteredModel {
	return &entities.RegisteredModel{Name: "sentiment", CreationTimestamp: 1000, Description: "live", Tags: tags}
}

// TestPlanChanges says what is written and which keys are remembered before it is.
func TestPlanChanges(t *testing.T) {
	for name, test := range map[string]struct {
		tags, desired map[string]string
		description   string
		ledger        []string
		want          []tagsync.Change
		wantLedger    []string
	}{
		"all is as declared": {
			tags: map[string]string{"a": "1"}, desired: map[string]string{"a": "1"}, description: "live",
			ledger: []string{"a"}, wantLedger: []string{"a"},
		},
		"the mark is written first, then by key": {
			desired: map[string]string{"z": "1", "a": "2", ownerTag: "us"},
			want: []tagsync.Change{
				{Kind: tagsync.SetTag, Key: ownerTag, Desired: "us"},
				{Kind: tagsync.SetTag, Key: "a", Desired: "2"},
				{Kind: tagsync.SetTag, Key: "z", Desired: "1"},
			},
			wantLedger: []string{"a", "z"},
		},
		"a value that differs": {
			tags: map[string]string{"a": "1"}, desired: map[string]string{"a": "2"},
			want: []tagsync.Change{{Kind: tagsync.SetTag, Key: "a", Current: "1", Desired: "2"}}, wantLedger: []string{"a"},
		},
		"an empty value is not a missing tag": {
			desired: map[string]string{"a": ""}, want: []tagsync.Change{{Kind: tagsync.SetTag, Key: "a"}}, wantLedger: []string{"a"},
		},
		"a key that is not declared any more is removed if we wrote it": {
			tags: map[string]string{"a": "1", "foreign": "1"}, ledger: []string{"a"},
			want: []tagsync.Change{{Kind: tagsync.DeleteTag, Key: "a", Current: "1"}}, wantLedger: []string{"a"},
		},
		"a key that somebody else removed is forgotten": {ledger: []string{"a"}},
		"a key that somebody else wrote as declared is not ours": {
			tags: map[string]string{"a": "1"}, desired: map[string]string{"a": "1"},
		},
		"a description that differs": {
			description: "declared", want: []tagsync.Change{{Kind: tagsync.SetDescription, Current: "live", Desired: "declared"}},
		},
		"no description leaves MLflow's alone": {},
	} {
		t.Run(name, func(t *testing.T) {
			declared := tagsync.Metadata{Description: test.description, Tags: test.desired}
			plan := planChanges(newMLflowModel(test.tags), declared, test.ledger)
			if diff := cmp.Diff(test.want, plan); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantLedger, planManagedKeys(newMLflowModel(test.tags), declared, test.ledger, plan)); diff != "" {
				t.Errorf("ledger (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDesiredTags(t *testing.T) {
	s := &scope{owner: "us", Scope: newModelScope(builder.RegisteredModel("sentiment").Tag("team", "nlp").
		Owner("nlp-team").UseCase("news").DeploymentTarget("production").Build())}
	want := map[string]string{ownerTag: "us", "team": "nlp", "owner": "nlp-team", "use_case": "news", "deployment_target": "production"}
	if diff := cmp.Diff(want, desiredTags(s)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{ownerTag: "us"}, desiredTags(&scope{owner: "us", Scope: newModelScope(&v1alpha1.RegisteredModel{})})); diff != "" {
		t.Errorf("nothing declared (-want +got):\n%s", diff)
	}
}

func TestToPlannedChange(t *testing.T) {
	long := strings.Repeat("ä", 600)
	for name, test := range map[string]struct {
		change tagsync.Change
		want   v1alpha1.PlannedChange
	}{
		"a tag": {
			tagsync.Change{Kind: tagsync.SetTag, Key: "a", Current: "1", Desired: "2"},
			v1alpha1.PlannedChange{Field: "tags/a", Current: "1", Desired: "2"},
		},
		"a description": {
			tagsync.Change{Kind: tagsync.SetDescription, Desired: "x"},
			v1alpha1.PlannedChange{Field: "description", Desired: "x"}},
		"a long value": {
			tagsync.Change{Kind: tagsync.DeleteTag, Key: "a", Current: long},
			v1alpha1.PlannedChange{Field: "tags/a", Current: strings.Repeat("ä", 511) + "…"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, toPlannedChange(test.change)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	model := v1alpha1.PlannedChange{Field: "model", Desired: "m"}
	if diff := cmp.Diff(model, newPlannedChange(modelFieldName, "", "m")); diff != "" {
		t.Errorf("a model (-want +got):\n%s", diff)
	}
}
