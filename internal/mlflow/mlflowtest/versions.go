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

// wire is without aliases, as in every list.
func (v *version) wire() versionWire {
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
		Tags:                 pairs(v.tags),
	}
}

// version finds the version that the request names.
func (q *request) version() (*version, error) {
	name, text := q.text("name"), q.text("version")
	if err := q.rules.checkModelName(name); err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		return nil, invalid("Parameter 'version' must be an integer, got '%s'.", text)
	}
	holder, ok := q.space.models[name]
	if !ok || holder.versions[number] == nil || holder.versions[number].deleted {
		return nil, notFound("Model Version (name=%s, version=%d) not found", name, number)
	}
	return holder.versions[number], nil
}

// withAliases is the full answer about one version.
func (q *request) withAliases(v *version) versionAnswer {
	wire := v.wire()
	for _, alias := range q.space.models[v.name].wire().Aliases {
		if alias.Version == wire.Version {
			wire.Aliases = append(wire.Aliases, alias.Alias)
		}
	}
	return versionAnswer{wire}
}

func createVersion(q *request) (any, error) {
	tags := q.args.tags()
	if err := q.rules.checkTags(tags); err != nil {
		return nil, err
	}
	origin, err := q.origin()
	if err != nil {
		return nil, err
	}
	holder, err := q.model()
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
		description: new(q.text("description")),
		source:      origin.source,
		runID:       origin.runID,
		modelID:     origin.modelID,
		tags:        tags,
		status:      q.state.bornAs.status,
		message:     q.state.bornAs.message,
	}
	holder.versions[number] = created
	holder.updated = q.now
	return q.withAliases(created), nil
}

func getVersion(q *request) (any, error) {
	found, err := q.version()
	if err != nil {
		return nil, err
	}
	return q.withAliases(found), nil
}

// updateVersion erases the description when none is sent.
func updateVersion(q *request) (any, error) {
	found, err := q.version()
	if err != nil {
		return nil, err
	}
	found.description = nil
	if q.args["description"] != nil {
		found.description = new(q.text("description"))
	}
	found.updated = q.now
	return q.withAliases(found), nil
}

// deleteVersion keeps the number taken. Before 3.17 it also keeps the aliases.
func deleteVersion(q *request) (any, error) {
	found, err := q.version()
	if err != nil {
		return nil, err
	}
	found.deleted = true
	holder := q.space.models[found.name]
	holder.updated = q.now
	if q.rules.danglingAliases {
		return empty{}, nil
	}
	for alias, number := range holder.aliases {
		if number == found.number {
			delete(holder.aliases, alias)
		}
	}
	return empty{}, nil
}
