// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// The task of each subject, for each model: if the metric passes the gate, move the alias to the
// candidate, write evidence on the version and an owner tag on the model.
const (
	champion   = "champion"
	production = "production"
	candidate  = "10"
	gateMetric = "f1"
	gateAbove  = 0.5

	managedByTag = v1alpha1.ManagedByTag
	evidenceTag  = v1alpha1.EvidenceTagPrefix + production
)

// Versions of the follow-up measures: one to change production to, one for staging, and one for
// aliases that are moved in MLflow. The first two have runs.
const (
	staging       = "staging"
	challenger    = "challenger"
	otherVersion  = "9"
	stagedVersion = "8"
	driftVersion  = "7"
)

// modelName returns the name of the i-th model, counted from 1, in MLflow and in the cluster.
func modelName(i int) string { return fmt.Sprintf("model-%05d", i) }

func promotionName(stage string, i int) string { return stage + "-" + modelName(i) }

// ownerTagValue returns the owner tag of all subjects but the operator. It is as long as that of
// the operator.
func ownerTagValue(model string) string {
	return strings.Repeat("0", 36) + "/" + namespace + "/" + model
}

// evidenceTagValue returns the evidence tag of the same subjects, in the format of the operator.
func evidenceTagValue(model string, value float64) string {
	text, _ := json.Marshal(map[string]any{ // never fails: strings and numbers only
		"promotion":  namespace + "/" + production + "-" + model,
		"generation": 1,
		"from":       "",
		"gates": []map[string]string{{
			"name": gateMetric, "result": "Passed", "observed": fmt.Sprint(value), "expected": fmt.Sprintf("> %v", gateAbove),
		}},
		"time":   time.Now().UTC().Format(time.RFC3339),
		"digest": strings.Repeat("0", 64),
	})
	return string(text)
}

const (
	namespace      = "bench"
	connectionName = "mlflow"
)

func newConnection(url string, poll v1alpha1.Duration) client.Object {
	return builder.Connection(connectionName).Namespace(namespace).URL(url).PollInterval(poll).Build()
}

// newRegisteredModel returns a model whose tags are in MLflow already. Both stages have the same
// gate.
func newRegisteredModel(i int) client.Object {
	gate := builder.GreaterThanGate(gateMetric, v1alpha1.Decimal(fmt.Sprint(gateAbove)))
	return builder.RegisteredModel(modelName(i)).Namespace(namespace).Connection(connectionName).
		Owner(fmt.Sprintf("team-%02d", i%20)).
		Tag("domain", "news").
		Stages(
			builder.Stage(staging).Alias(challenger).Gates(gate),
			builder.Stage(production).Alias(champion).Gates(gate),
		).Build()
}

func newPromotion(stage v1alpha1.StageName, i int, version v1alpha1.Version) client.Object {
	return builder.Promotion(promotionName(string(stage), i)).Namespace(namespace).
		Model(modelName(i)).Stage(stage).Version(version).Build()
}

// buildObjects returns the content of a Git directory: the connection, and each model with its
// promotion.
func buildObjects(url string, poll v1alpha1.Duration, models int) []client.Object {
	objects := []client.Object{newConnection(url, poll)}
	for i := range models {
		objects = append(objects, newRegisteredModel(i+1), newPromotion(production, i+1, candidate))
	}
	return objects
}

// toApplyConfiguration returns what kubectl sends of an object.
func toApplyConfiguration(object client.Object) (runtime.ApplyConfiguration, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, err
	}
	delete(content, "status")
	return client.ApplyConfigurationFromUnstructured(&unstructured.Unstructured{Object: content}), nil
}
