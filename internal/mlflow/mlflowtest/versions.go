// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"cmp"
	"strconv"
)

// versionReady is what every version is on a real server from its first moment on. That a
// registration takes time, or fails, is for other stores.
const versionReady = "READY"

type version struct {
	name        string
	number      int
	created     int64
	updated     int64
	stage       string
	description *string
	source      string
	runID       string
	modelID     string
	tags        map[string]string
	deleted     bool
	// status and message are what somebody said of the version; empty for READY.
	status, message string
}

// toWire is without aliases, as in every list.
func (v *version) toWire() versionWire {
	return versionWire{
		Name:                 v.name,
		Version:              strconv.Itoa(v.number),
		CreationTimestamp:    v.created,
		LastUpdatedTimestamp: v.updated,
		CurrentStage:         v.stage,
		Description:          v.description,
		Source:               v.source,
		RunID:                v.runID,
		Status:               cmp.Or(v.status, versionReady),
		StatusMessage:        v.message,
		Tags:                 toPairs(v.tags),
	}
}

// findVersion finds the version that the request names.
func (q *request) findVersion() (*version, error) {
	name, text := q.getText("name"), q.getText("version")
	if err := q.rules.checkModelName(name); err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		return nil, newInvalidError("Parameter 'version' must be an integer, got '%s'.", text)
	}
	holder, ok := q.workspace.models[name]
	if !ok || holder.versions[number] == nil || holder.versions[number].deleted {
		return nil, newNotFoundError("Model Version (name=%s, version=%d) not found", name, number)
	}
	return holder.versions[number], nil
}

// newVersionResponse is the full answer about one version.
func (q *request) newVersionResponse(v *version) versionResponse {
	wire := v.toWire()
	for _, alias := range q.workspace.models[v.name].toWire().Aliases {
		if alias.Version == wire.Version {
			wire.Aliases = append(wire.Aliases, alias.Alias)
		}
	}
	return versionResponse{wire}
}

func createVersion(q *request) (any, error) {
	tags := q.args.getTags()
	if err := q.rules.checkTags(tags); err != nil {
		return nil, err
	}
	origin, err := q.checkSource()
	if err != nil {
		return nil, err
	}
	holder, err := q.findModel()
	if err != nil {
		return nil, err
	}
	number := len(holder.versions) + 1
	created := &version{
		name:        holder.name,
		number:      number,
		created:     q.now,
		updated:     q.now,
		stage:       stageNone,
		description: new(q.getText("description")),
		source:      origin.source,
		runID:       origin.runID,
		modelID:     origin.modelID,
		tags:        tags,
		status:      q.state.newVersionStatus.status,
		message:     q.state.newVersionStatus.message,
	}
	holder.versions[number] = created
	holder.updated = q.now
	return q.newVersionResponse(created), nil
}

func getVersion(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	return q.newVersionResponse(found), nil
}

// updateVersion erases the description when none is sent.
func updateVersion(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	found.description = nil
	if q.args["description"] != nil {
		found.description = new(q.getText("description"))
	}
	found.updated = q.now
	return q.newVersionResponse(found), nil
}

// deleteVersion keeps the number taken. Before 3.17 it also keeps the aliases.
func deleteVersion(q *request) (any, error) {
	found, err := q.findVersion()
	if err != nil {
		return nil, err
	}
	found.deleted = true
	holder := q.workspace.models[found.name]
	holder.updated = q.now
	if q.rules.danglingAliases {
		return emptyBody{}, nil
	}
	for alias, number := range holder.aliases {
		if number == found.number {
			delete(holder.aliases, alias)
		}
	}
	return emptyBody{}, nil
}
