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
	return "", invalid("Invalid Model Version stage: %s. Value must be one of %s.", text,
		strings.Join([]string{stageNone, stageStaging, stageProduction, stageArchived}, ", "))
}

func transitionStage(q *request) (any, error) {
	stage, err := canonicalStage(q.text("stage"))
	if err != nil {
		return nil, err
	}
	archive, err := q.args.boolean("archive_existing_versions")
	if err != nil {
		return nil, err
	}
	if archive && stage != stageStaging && stage != stageProduction {
		return nil, internal("Model version transition cannot archive existing model versions because '%s' "+
			"is not an Active stage. Valid stages are ['Staging', 'Production']", q.text("stage"))
	}
	found, err := q.version()
	if err != nil {
		return nil, err
	}
	holder := q.space.models[found.name]
	if archive {
		holder.archive(stage, found, q.now)
	}
	found.stage, found.updated, holder.updated = stage, q.now, q.now
	return q.withAliases(found), nil
}

// archive moves the others out of a stage.
func (m *model) archive(stage string, except *version, now int64) {
	for _, v := range m.live() {
		if v != except && v.stage == stage {
			v.stage, v.updated = stageArchived, now
		}
	}
}
