// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var noon = metav1.NewTime(time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC))

// newPromotion is a promotion to production that recorded version 2 in place of 1.
func newPromotion(name string, age time.Duration) v1alpha1.ModelPromotion {
	p := builder.Promotion(name).Build()
	p.CreationTimestamp = metav1.NewTime(noon.Add(-age))
	p.Status.History = []v1alpha1.PromotionRecord{{
		Version: "2", PreviousVersion: "1", Time: noon, RunID: "run", ModelCreationTimestamp: 1000,
		VersionCreationTimestamp: 3_000_000,
	}}
	return *p
}

func withDryRun(p v1alpha1.ModelPromotion) v1alpha1.ModelPromotion {
	p.Spec.Mode = v1alpha1.PromotionModeDryRun
	return p
}

// newModelScope is the common part of the scope of a model.
func newModelScope(model *v1alpha1.RegisteredModel) reconciler.Scope[*v1alpha1.RegisteredModel] {
	return reconciler.NewScope(model, reconciler.ObjectState{})
}

// TestSetModelStatus tests which version holds each stage according to MLflow, and since when according
// to its promotion.
func TestSetModelStatus(t *testing.T) {
	unheld := v1alpha1.StageStatus{Name: "staging", Alias: "staging", URI: "models:/sentiment@staging"}
	held := v1alpha1.StageStatus{
		Name: "production", Alias: "champion", URI: "models:/sentiment@champion", MLflowStage: "Production",
		Version: "2", VersionURI: "models:/sentiment/2",
	}
	recorded := held
	recorded.Promotion, recorded.PreviousVersion, recorded.Since, recorded.RunID = "old", "1", &noon, "run"
	recorded.Created = new(metav1.NewTime(time.Unix(3000, 0)))
	moved := held
	moved.Version, moved.VersionURI, moved.Promotion = "3", "models:/sentiment/3", "old"
	newest := held
	newest.Version, newest.VersionURI, newest.RunID = "10", "models:/sentiment/10", "run-10"
	newest.Created = new(metav1.NewTime(time.Unix(7, 0)))
	unknown := held
	unknown.Promotion = "old"
	for name, test := range map[string]struct {
		change     func(*entities.RegisteredModel)
		promotions []v1alpha1.ModelPromotion
		want       v1alpha1.StageStatus
	}{
		"no promotion of the stage": {want: held},
		"the oldest promotion of the stage counts": {
			promotions: []v1alpha1.ModelPromotion{newPromotion("young", time.Hour), newPromotion("old", 2*time.Hour)}, want: recorded,
		},
		"a dry run holds nothing, however old it is": {
			promotions: []v1alpha1.ModelPromotion{withDryRun(newPromotion("older", 3*time.Hour)), newPromotion("old", 2*time.Hour)}, want: recorded,
		},
		"an alias that was moved externally has no record": {
			change:     func(m *entities.RegisteredModel) { m.Aliases["champion"] = "3" },
			promotions: []v1alpha1.ModelPromotion{newPromotion("old", time.Hour)}, want: moved,
		},
		"an alias that was moved externally to a version of the list": {
			change: func(m *entities.RegisteredModel) { m.Aliases["champion"] = "10" }, want: newest,
		},
		"a record of a previous model of the same name does not count": {
			change:     func(m *entities.RegisteredModel) { m.CreationTimestamp = 2000 },
			promotions: []v1alpha1.ModelPromotion{newPromotion("old", time.Hour)}, want: unknown,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := &scope{modelName: "sentiment", mlflowModel: newMLflowModel(nil), promotions: test.promotions}
			s.Object = builder.RegisteredModel("sentiment").
				Stages(builder.Stage("staging"), builder.Stage("production").Alias("champion").MLflowStage("Production")).Build()
			s.effectiveSpec.Stages = s.Object.Spec.Stages
			s.mlflowModel.Aliases = map[string]string{"champion": "2"}
			s.mlflowModel.LatestVersions = []entities.ModelVersion{
				{Version: "9"}, {Version: "10", RunID: "run-10", CreationTimestamp: 7900},
			}
			if test.change != nil {
				test.change(s.mlflowModel)
			}
			setModelStatus(s)
			want := v1alpha1.RegisteredModelStatus{
				CreationTimestamp: int64(s.mlflowModel.CreationTimestamp), LatestVersion: "10", Latest: &v1alpha1.LatestStatus{
					Version: "10", Created: new(metav1.NewTime(time.Unix(7, 0))), RunID: "run-10", URI: "models:/sentiment/10",
				},
				StageSummary: "production=" + string(test.want.Version), Stages: []v1alpha1.StageStatus{unheld, test.want},
			}
			if diff := cmp.Diff(want, s.Object.Status); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSetModelStatusOfAbsentModel tests that nothing is known of a model that does not exist.
func TestSetModelStatusOfAbsentModel(t *testing.T) {
	s := &scope{Scope: newModelScope(builder.RegisteredModel("sentiment").Stages(builder.Stage("staging")).Build())}
	s.Object.Status = v1alpha1.RegisteredModelStatus{
		CreationTimestamp: 1, LatestVersion: "1", Latest: &v1alpha1.LatestStatus{Version: "1"}, StageSummary: "x",
		Stages: []v1alpha1.StageStatus{{}}, ManagedTags: []string{"kept"},
	}
	setModelStatus(s)
	if diff := cmp.Diff(v1alpha1.RegisteredModelStatus{ManagedTags: []string{"kept"}}, s.Object.Status); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
