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

// unneeded is the one version that nobody needs: it was refused, and held no stage.
const unneeded = "2"

// retire has the class keep the newest version. Who holds a stage is kept, and who held it
// before: what the mirror of MLflow's stages has archived is there to roll back to.
func retire(ctx context.Context, w *world) error {
	if err := w.editClass(ctx, types.MergePatchType, `{"spec":{"retention":{"keepLatest":1,"action":"Archive"}}}`); err != nil {
		return err
	}
	var m v1alpha1.RegisteredModel
	if err := w.await(ctx, &m, model, "old versions to be archived", func() (bool, string) {
		archived := m.Status.Versions != nil && m.Status.Versions.Total == 5 && m.Status.Versions.Archived == 4
		return archived, fmt.Sprintf("versions %+v", m.Status.Versions)
	}); err != nil {
		return err
	}
	if err := w.showEvents(ctx, model, "VersionsArchived"); err != nil {
		return err
	}
	return w.showVersions(ctx)
}

// showVersions prints what MLflow shows of each version.
func (w *world) showVersions(ctx context.Context) error {
	w.command(`for v in 1 2 3 4 5; do curl -s "%s/api/2.0/mlflow/model-versions/get?name=%s&version=$v" \
    | jq -r '.model_version | [.version, .current_stage, (.aliases // [] | join(",")),
        (.tags // [] | .[] | select(.key == "%s").value)] | @tsv'; done`, w.mlflow.URL, modelName, v1alpha1.ArchivedTag)
	for number := 1; number <= 5; number++ {
		v, err := w.version(ctx, strconv.Itoa(number))
		if err != nil {
			return err
		}
		why := v.Tags[v1alpha1.ArchivedTag]
		_, _ = fmt.Fprintf(w.out, "%s\t%s\t%s\t%s\n", v.Version, v.CurrentStage, strings.Join(v.Aliases, ","), why)
		if (v.Version == unneeded) != (why != "") {
			return fmt.Errorf("version %s has the tag %s=%q", v.Version, v1alpha1.ArchivedTag, why)
		}
	}
	return nil
}
