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

// newMLflowModel returns a model in MLflow with these tags.
func newMLflowModel(tags map[string]string) *entities.RegisteredModel {
	return &entities.RegisteredModel{Name: "sentiment", CreationTimestamp: 1000, Description: "live", Tags: tags}
}

// TestPlanChanges tests what is written, and which managed keys are saved before.
func TestPlanChanges(t *testing.T) {
	for name, test := range map[string]struct {
		tags, desired   map[string]string
		description     string
		managedKeys     []string
		want            []tagsync.Change
		wantManagedKeys []string
	}{
		"everything is as declared": {
			tags: map[string]string{"a": "1"}, desired: map[string]string{"a": "1"}, description: "live",
			managedKeys: []string{"a"}, wantManagedKeys: []string{"a"},
		},
		"the owner tag is written first, then by key": {
			desired: map[string]string{"z": "1", "a": "2", ownerTag: "us"},
			want: []tagsync.Change{
				{Kind: tagsync.SetTag, Key: ownerTag, Desired: "us"},
				{Kind: tagsync.SetTag, Key: "a", Desired: "2"},
				{Kind: tagsync.SetTag, Key: "z", Desired: "1"},
			},
			wantManagedKeys: []string{"a", "z"},
		},
		"a value that differs": {
			tags: map[string]string{"a": "1"}, desired: map[string]string{"a": "2"},
			want: []tagsync.Change{{Kind: tagsync.SetTag, Key: "a", Current: "1", Desired: "2"}}, wantManagedKeys: []string{"a"},
		},
		"an empty value is not a missing tag": {
			desired: map[string]string{"a": ""}, want: []tagsync.Change{{Kind: tagsync.SetTag, Key: "a"}}, wantManagedKeys: []string{"a"},
		},
		"a managed key that is no longer declared is removed": {
			tags: map[string]string{"a": "1", "foreign": "1"}, managedKeys: []string{"a"},
			want: []tagsync.Change{{Kind: tagsync.DeleteTag, Key: "a", Current: "1"}}, wantManagedKeys: []string{"a"},
		},
		"a managed key that was removed externally is forgotten": {managedKeys: []string{"a"}},
		"a key that was written externally as declared is not managed": {
			tags: map[string]string{"a": "1"}, desired: map[string]string{"a": "1"},
		},
		"a description that differs": {
			description: "declared", want: []tagsync.Change{{Kind: tagsync.SetDescription, Current: "live", Desired: "declared"}},
		},
		"no description keeps the one in MLflow": {},
	} {
		t.Run(name, func(t *testing.T) {
			declared := tagsync.Metadata{Description: test.description, Tags: test.desired}
			plan := planChanges(newMLflowModel(test.tags), declared, test.managedKeys)
			if diff := cmp.Diff(test.want, plan); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.wantManagedKeys, planManagedKeys(newMLflowModel(test.tags), declared, test.managedKeys, plan)); diff != "" {
				t.Errorf("managed keys (-want +got):\n%s", diff)
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
	s = &scope{owner: "us", Scope: newModelScope(&v1alpha1.RegisteredModel{})}
	if diff := cmp.Diff(map[string]string{ownerTag: "us"}, desiredTags(s)); diff != "" {
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
