// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// register logs a run, as somebody does who may not register versions in MLflow, and
// registers it by an object. Staging takes it for its tag.
func register(ctx context.Context, w *world) error {
	run, err := w.log(ctx, "tuned")
	if err != nil {
		return err
	}
	object := `apiVersion: registry.mlflow-operator.io/v1alpha1
kind: ModelVersion
metadata: {name: ` + tunedObject + `, namespace: ` + namespace + `}
spec:
  modelRef: {name: ` + model + `}
  source: {runID: ` + run + `}
  description: A forest of 150 trees
  tags: {validated: "true"}`
	w.command("kubectl apply --server-side -f - <<END\n%s\nEND", object)
	if _, err := w.apply(ctx, object); err != nil {
		return err
	}
	var v v1alpha1.ModelVersion
	if err := w.await(ctx, &v, tunedObject, "the run to be registered as version "+tuned, func() (bool, string) {
		registered, shows := isReady(v.Generation, v.Status.Conditions)
		return registered && v.Status.Version == tuned && len(v.Status.Stages) == 1, shows
	}); err != nil {
		return err
	}
	if err := w.holds(ctx, staging, tuned); err != nil {
		return err
	}
	w.command("kubectl get mver %s -n %s", tunedObject, namespace)
	return w.table(ctx, tablePaths["mver"], map[string]string{"fieldSelector": "metadata.name=" + tunedObject})
}
