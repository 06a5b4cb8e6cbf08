// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import "strings"

const (
	stageNone       = "None"
	stageStaging    = "Staging"
	stageProduction = "Production"
	stageArchived   = "Archived"
)

// canonicalStage finds a stage whatever its case.
func canonicalStage(text string) (string, error) {
	for _, stage := range []string{stageNone, stageStaging, stageProduction, stageArchived} {
		if strings.EqualFold(stage, text) {
			return stage, nil
		}
	}
	return "", newInvalidError("Invalid Model Version stage: %s. Value must be one of %s.", text,
		strings.Join([]string{stageNone, stageStaging, stageProduction, stageArchived}, ", "))
}

func transitionStage(q *request) (any, error) {
	stage, err := canonicalStage(q.getText("stage"))
	if err != nil {
		return nil, err
	}
	archive, err := q.args.getBool("archive_existing_versions")
	if err != nil {
		return nil, err
	}
	if archive && stage != stageStaging && stage != stageProduction {
		return nil, newInternalError("Model version transition cannot archive existing model versions because '%s' "+
			"is not an Active stage. Valid stages are ['Staging', 'Production']", q.getText("stage"))
	}
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	holder := q.workspace.models[found.name]
	if archive {
		holder.archiveStage(stage, found, q.now)
	}
	found.stage, found.updated, holder.updated = stage, q.now, q.now
	return q.newVersionResponse(found), nil
}

// archiveStage moves the others out of a stage.
func (m *model) archiveStage(stage string, except *version, now int64) {
	for _, v := range m.liveVersions() {
		if v != except && v.stage == stage {
			v.stage, v.updated = stageArchived, now
		}
	}
}
