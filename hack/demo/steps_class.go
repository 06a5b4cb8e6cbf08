// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// declareStandards declares the six standard models. The first model of the demo joins its class
// and keeps the versions of its stages.
func declareStandards(ctx context.Context, e *environment) error {
	e.printCommand("kubectl apply --server-side -k config/samples/neuronews")
	if err := e.applySamples(ctx, "config/samples/neuronews"); err != nil {
		return err
	}
	for _, name := range []string{model, "embeddings", "rag", "topics", "summarizer", "clustering"} {
		if err := e.waitForModel(ctx, name); err != nil {
			return err
		}
	}
	if err := e.waitForCurrent(ctx, production, "1"); err != nil {
		return err
	}
	e.printCommand("kubectl get mclass")
	if err := e.showTable(ctx, tablePaths["mclass"], nil); err != nil {
		return err
	}
	return e.showTables(ctx, "rmodel")
}

// unusedVersion is the only version that no stage needs: it was blocked everywhere.
const unusedVersion = "2"

// archiveVersions makes the class keep only the newest version. Current and previous versions of
// a stage are kept for rollbacks, even if the legacy stage sync has archived them in MLflow.
func archiveVersions(ctx context.Context, e *environment) error {
	if err := e.editClass(ctx, types.MergePatchType, `{"spec":{"retention":{"keepLatest":1,"action":"Archive"}}}`); err != nil {
		return err
	}
	var m v1alpha1.RegisteredModel
	if err := e.waitForObject(ctx, &m, model, "old versions to be archived", func() (bool, string) {
		archived := m.Status.Versions != nil && m.Status.Versions.Total == 5 && m.Status.Versions.Archived == 4
		return archived, fmt.Sprintf("versions %+v", m.Status.Versions)
	}); err != nil {
		return err
	}
	if err := e.showEvents(ctx, model, "VersionsArchived"); err != nil {
		return err
	}
	return e.showVersions(ctx)
}

// showVersions prints all versions as MLflow has them.
func (e *environment) showVersions(ctx context.Context) error {
	e.printCommand(`for v in 1 2 3 4 5; do curl -s "%s/api/2.0/mlflow/model-versions/get?name=%s&version=$v" \
    | jq -r '.model_version | [.version, .current_stage, (.aliases // [] | join(",")),
        (.tags // [] | .[] | select(.key == "%s").value)] | @tsv'; done`, e.mlflow.URL, modelName, v1alpha1.ArchivedTag)
	for number := 1; number <= 5; number++ {
		v, err := e.getVersion(ctx, strconv.Itoa(number))
		if err != nil {
			return err
		}
		why := v.Tags[v1alpha1.ArchivedTag]
		_, _ = fmt.Fprintf(e.out, "%s\t%s\t%s\t%s\n", v.Version, v.CurrentStage, strings.Join(v.Aliases, ","), why)
		if (v.Version == unusedVersion) != (why != "") {
			return fmt.Errorf("version %s has the tag %s=%q", v.Version, v1alpha1.ArchivedTag, why)
		}
	}
	return nil
}

// tightenClass makes the class require a tag that no model has. The model is not changed until
// its team adds the tag, and production keeps its version.
func tightenClass(ctx context.Context, e *environment) error {
	const rule = `[{"op":"add","path":"/spec/tags/-","value":{"key":"cost_center","required":true,"pattern":"[0-9]{4}"}}]`
	if err := e.editClass(ctx, types.JSONPatchType, rule); err != nil {
		return err
	}
	var m v1alpha1.RegisteredModel
	if err := e.waitForObject(ctx, &m, model, "the model to be rejected by its class", func() (bool, string) {
		r := findReady(m.Status.Conditions)
		return r.Reason == v1alpha1.ReasonInvalidSpec, r.Reason + ": " + r.Message
	}); err != nil {
		return err
	}
	if err := e.showTables(ctx, "rmodel"); err != nil {
		return err
	}
	e.printMessage("rmodel/"+model, findReady(m.Status.Conditions).Message)
	current, err := e.getAliasVersion(ctx)
	if err != nil {
		return err
	}
	if current != tunedVersion {
		return fmt.Errorf("alias %s points to version %s in MLflow, not to %s", champion, current, tunedVersion)
	}
	if err := e.editModel(ctx, `{"spec":{"tags":{"cost_center":"4711"}}}`); err != nil {
		return err
	}
	if err := e.waitForModel(ctx, model); err != nil {
		return err
	}
	return e.showTables(ctx, "rmodel")
}
