// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// elected are the metrics of the leader, standby those of the other replicas.
var (
	elected = func() <-chan struct{} {
		c := make(chan struct{})
		close(c)
		return c
	}()
	standby <-chan struct{} = make(chan struct{})
)

func newCondition(kind string, status metav1.ConditionStatus, reason string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason}
}

func newStalledConditions(reason string) []metav1.Condition {
	return []metav1.Condition{newCondition("Ready", "False", reason), newCondition("Stalled", "True", reason)}
}

func newPromotion(name, uri string, version v1alpha1.Version, conditions ...metav1.Condition) v1alpha1.ModelPromotion {
	p := builder.Promotion(name).Namespace("news").Build()
	p.Status.Conditions, p.Status.URI, p.Status.CurrentVersion = conditions, uri, version
	return *p
}

func asDryRun(p v1alpha1.ModelPromotion) v1alpha1.ModelPromotion {
	p.Spec.Mode = v1alpha1.PromotionModeDryRun
	return p
}

func newModel(name string, conditions ...metav1.Condition) v1alpha1.RegisteredModel {
	model := builder.RegisteredModel(name).Namespace("news").Build()
	model.Status.Conditions = conditions
	return *model
}

func newVersion(name string, conditions ...metav1.Condition) v1alpha1.ModelVersion {
	version := builder.ModelVersion(name).Namespace("news").Build()
	version.Status.Conditions = conditions
	return *version
}

var newsCluster = fakeCluster{
	models: []v1alpha1.RegisteredModel{
		newModel("a", newCondition("Ready", "True", "Synced")), newModel("b", newCondition("Ready", "True", "Synced")),
		newModel("c", newStalledConditions("AlreadyManaged")...), newModel("d", newCondition("Ready", "False", "Unreachable")), newModel("e"),
	},
	versions: []v1alpha1.ModelVersion{
		newVersion("a", newCondition("Ready", "True", "Registered")), newVersion("b", newStalledConditions("ReferenceNotFound")...),
		newVersion("c", newCondition("Ready", "False", "VersionNotReady")),
	},
	promotions: []v1alpha1.ModelPromotion{
		newPromotion("a", "models:/a@b@champion", "7", newCondition("Ready", "True", "Promoted")),
		newPromotion("b", "models:/sentiment@champion", "2", newStalledConditions("GateFailed")...),
		newPromotion("c", "models:/sentiment@champion", "2", newStalledConditions("Conflict")...),
		newPromotion("d", "models:/sentiment@champion", "", newStalledConditions("GateFailed")...),
		newPromotion("e", "", "", newCondition("Ready", "Unknown", "Suspended")),
		newPromotion("f", "", "", newCondition("Ready", "False", "GivenByALaterRelease")),
		asDryRun(newPromotion("g", "models:/a@b@champion", "7", newCondition("Ready", "True", "DryRun"))),
	},
}

const wantNewsMetrics = `
# HELP mlflow_registry_operator_model_promotions ModelPromotions by their state, and by the reason of their condition Ready.
# TYPE mlflow_registry_operator_model_promotions gauge
mlflow_registry_operator_model_promotions{reason="Conflict",state="Stalled"} 1
mlflow_registry_operator_model_promotions{reason="DryRun",state="Ready"} 1
mlflow_registry_operator_model_promotions{reason="GateFailed",state="Stalled"} 2
mlflow_registry_operator_model_promotions{reason="Other",state="Reconciling"} 1
mlflow_registry_operator_model_promotions{reason="Promoted",state="Ready"} 1
mlflow_registry_operator_model_promotions{reason="Suspended",state="Unknown"} 1
# HELP mlflow_registry_operator_model_versions ModelVersions by their state, and by the reason of their condition Ready.
# TYPE mlflow_registry_operator_model_versions gauge
mlflow_registry_operator_model_versions{reason="VersionNotReady",state="Reconciling"} 1
mlflow_registry_operator_model_versions{reason="Registered",state="Ready"} 1
mlflow_registry_operator_model_versions{reason="ReferenceNotFound",state="Stalled"} 1
# HELP mlflow_registry_operator_registered_models RegisteredModels by their state, and by the reason of their condition Ready.
# TYPE mlflow_registry_operator_registered_models gauge
mlflow_registry_operator_registered_models{reason="AlreadyManaged",state="Stalled"} 1
mlflow_registry_operator_registered_models{reason="Progressing",state="Reconciling"} 1
mlflow_registry_operator_registered_models{reason="Synced",state="Ready"} 2
mlflow_registry_operator_registered_models{reason="Unreachable",state="Reconciling"} 1
`

const wantStageMetrics = `
# HELP mlflow_registry_operator_stage_info Which version holds the stage of a ModelPromotion: always 1.
# TYPE mlflow_registry_operator_stage_info gauge
mlflow_registry_operator_stage_info{alias="champion",model="a@b",namespace="news",promotion="a",stage="production",version="7"} 1
mlflow_registry_operator_stage_info{alias="champion",model="sentiment",namespace="news",promotion="b",stage="production",version="2"} 1
`

func TestObjectMetrics(t *testing.T) {
	for name, test := range map[string]struct {
		options ObjectMetricsOptions
		want    string
	}{
		"by the one that leads": {
			options: ObjectMetricsOptions{Cache: newsCluster.newSyncedCache(t), Elected: elected, StageInfo: true},
			want:    wantNewsMetrics + wantStageMetrics,
		},
		"without stages, where they are too many": {
			options: ObjectMetricsOptions{Cache: newsCluster.newSyncedCache(t), Elected: elected},
			want:    wantNewsMetrics,
		},
		"not by those that stand by": {
			options: ObjectMetricsOptions{Cache: newsCluster.newSyncedCache(t), Elected: standby, StageInfo: true},
		},
		"not while the cache is empty for want of a start": {
			options: ObjectMetricsOptions{Cache: newsCluster.newCache(t), Elected: elected, StageInfo: true},
		},
		"not while the API server does not answer": {
			options: ObjectMetricsOptions{Cache: newUnsyncedCache(t), Elected: elected, StageInfo: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			registerer := prometheus.NewPedanticRegistry()
			RegisterObjectMetrics(registerer, test.options)
			if err := testutil.GatherAndCompare(registerer, strings.NewReader(test.want)); err != nil {
				t.Error(err)
			}
		})
	}
}

// newUnsyncedCache returns a cache that was started and waits for its first list.
func newUnsyncedCache(t *testing.T) Cache {
	t.Helper()
	c := fakeCluster{unresponsive: true}.newCache(t)
	startCache(t, c)
	return c
}
