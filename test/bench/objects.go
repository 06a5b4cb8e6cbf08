// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	namespace      = "bench"
	connectionName = "mlflow"
)

func connection(url string, poll v1alpha1.Duration) client.Object {
	return builder.Connection(connectionName).Namespace(namespace).URL(url).PollInterval(poll).Build()
}

// registeredModel declares a model whose tags are in MLflow already. The gate is the same
// at both stages.
func registeredModel(i int) client.Object {
	gate := builder.GreaterThanGate(gateMetric, v1alpha1.Decimal(fmt.Sprint(gateAbove)))
	return builder.RegisteredModel(modelName(i)).Namespace(namespace).Connection(connectionName).
		Owner(fmt.Sprintf("team-%02d", i%20)).
		Tag("domain", "news").
		Stages(
			builder.Stage(staging).Alias(challenger).Gates(gate),
			builder.Stage(production).Alias(champion).Gates(gate),
		).Build()
}

func promotion(stage v1alpha1.StageName, i int, version v1alpha1.Version) client.Object {
	return builder.Promotion(promotionName(string(stage), i)).Namespace(namespace).
		Model(modelName(i)).Stage(stage).Version(version).Build()
}

// everything is what a directory in Git would hold: the connection, and for each model
// a file with the model and its promotion.
func everything(url string, poll v1alpha1.Duration, models int) []client.Object {
	objects := []client.Object{connection(url, poll)}
	for i := range models {
		objects = append(objects, registeredModel(i+1), promotion(production, i+1, candidate))
	}
	return objects
}

// applyConfiguration is what kubectl would send of an object.
func applyConfiguration(object client.Object) (runtime.ApplyConfiguration, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, err
	}
	delete(content, "status")
	return client.ApplyConfigurationFromUnstructured(&unstructured.Unstructured{Object: content}), nil
}
