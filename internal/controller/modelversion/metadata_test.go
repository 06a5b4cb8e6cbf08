// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func TestPlanChanges(t *testing.T) {
	model := tagsync.Metadata{
		Description: "old", Tags: map[string]string{"same": "1", "other": "1", "ours": "1", "foreign": "1", "f1": "0.9"},
	}
	object := builder.ModelVersion("april").Description("new").
		Tag("same", "1").Tag("other", "2").Tag("added", "").Metric("f1", "0.90").Build()
	managedKeys := []string{"gone", "ours", "other"}
	plan := tagsync.PlanChanges(model, desiredMetadata(object), managedKeys)
	want := []tagsync.Change{
		{Kind: tagsync.SetTag, Key: "added"},
		{Kind: tagsync.SetTag, Key: "f1", Current: "0.9", Desired: "0.90"},
		{Kind: tagsync.SetTag, Key: "other", Current: "1", Desired: "2"},
		{Kind: tagsync.DeleteTag, Key: "ours", Current: "1"},
		{Kind: tagsync.SetDescription, Current: "old", Desired: "new"},
	}
	if diff := cmp.Diff(want, plan); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	before := tagsync.ManagedKeys(model, desiredMetadata(object), managedKeys, plan)
	if diff := cmp.Diff([]string{"added", "f1", "other", "ours"}, before); diff != "" {
		t.Errorf("managedKeys (-want +got):\n%s", diff)
	}
	undeclared := builder.ModelVersion("april").Description("").Build()
	if plan := tagsync.PlanChanges(model, desiredMetadata(undeclared), nil); plan != nil {
		t.Errorf("nothing is declared, but %v planned", plan)
	}
}

func TestFindConflicting(t *testing.T) {
	adopter := func(name, uid string, version v1alpha1.Version) *v1alpha1.ModelVersion {
		v := builder.ModelVersion(name).AdoptVersion(version).Build()
		v.UID = types.UID(uid)
		return v
	}
	registered := builder.ModelVersion("z-registered").Run("abc").Build()
	registered.UID, registered.Status.Version = "registered", "7"
	for name, test := range map[string]struct {
		own, other   *v1alpha1.ModelVersion
		wantConflict bool
	}{
		"the older of two":                          {adopter("b", "2", "7"), adopter("a", "1", "7"), true},
		"the younger of two":                        {adopter("a", "1", "7"), adopter("b", "2", "7"), false},
		"another version":                           {adopter("b", "2", "7"), adopter("a", "1", "8"), false},
		"the object that registered it":             {adopter("a", "1", "7"), registered, true},
		"an object that registered another version": {adopter("a", "1", "8"), registered, false},
		"no object conflicts with itself":           {adopter("a", "1", "7"), adopter("a", "1", "7"), false},
	} {
		t.Run(name, func(t *testing.T) {
			conflicting := findConflicting(test.own, []v1alpha1.ModelVersion{*test.own, *test.other})
			if (conflicting != nil) != test.wantConflict {
				t.Errorf("got %v", conflicting)
			}
		})
	}
}

func TestIsRegisteredBy(t *testing.T) {
	object := builder.ModelVersion("april").Namespace("news").Build()
	object.UID = "0b1c"
	if value := registeredByValue("cluster", object); value != "cluster/news/april/0b1c" {
		t.Errorf("value %q", value)
	}
	for value, want := range map[string]bool{
		"cluster/news/april/0b1c": true, "renamed/news/april/0b1c": true,
		"cluster/news/april/00b1c": false, "cluster/news/april/0b1d": false, "": false,
	} {
		version := &entities.ModelVersion{Tags: map[string]string{v1alpha1.RegisteredByTag: value}}
		if isRegisteredBy(version, object) != want {
			t.Errorf("%q: %t, want %t", value, !want, want)
		}
	}
}

func TestDescribeUse(t *testing.T) {
	model := &entities.RegisteredModel{Aliases: map[string]string{"champion": "7", "blue": "7", "shadow": "8"}}
	moving, moved := builder.Promotion("moving").Build(), builder.Promotion("moved").Version("6").Build()
	moving.Status.PendingTransition = &v1alpha1.PromotionRecord{Version: "5", PreviousVersion: "6"}
	promotions := []v1alpha1.ModelPromotion{*moved, *moving}
	for name, test := range map[string]struct {
		version entities.ModelVersion
		want    string
	}{
		"aliases": {entities.ModelVersion{Version: "7", CurrentStage: "Production"}, "holds alias blue, champion"},
		"aliases that only the version shows": {
			entities.ModelVersion{Version: "7", Aliases: []string{"late", "blue"}}, "holds alias blue, champion, late",
		},
		"a pending promotion": {entities.ModelVersion{Version: "5"}, "is being promoted to stage production by ModelPromotion moving"},
		"a legacy stage":      {entities.ModelVersion{Version: "6", CurrentStage: "Staging"}, "is in MLflow's stage Staging"},
		"nothing":             {entities.ModelVersion{Version: "6", CurrentStage: "None"}, ""},
		"nothing anymore":     {entities.ModelVersion{Version: "6", CurrentStage: "Archived"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := describeUse(model, &test.version, promotions); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
