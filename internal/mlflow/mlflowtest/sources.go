// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"net/url"
	"strconv"
	"strings"
)

// origin is where a version comes from, as far as the server believes it.
type origin struct {
	source  string
	runID   string
	modelID string
}

// origin checks the source of a new version. For a bucket URI any run is believed.
func (q *request) origin() (origin, error) {
	o := origin{source: q.text("source"), runID: q.text("run_id"), modelID: q.text("model_id")}
	parsed, err := url.Parse(o.source)
	if err != nil || parsed.Scheme == "" || parsed.Scheme == "file" {
		return o, invalid("Invalid model version source: '%s'. To use a local path as a model version source, the run_id "+
			"request parameter has to be specified and the local path has to be contained within the artifact directory "+
			"of the run specified by the run_id.", o.source)
	}
	if strings.Contains(parsed.Path, "..") {
		return o, invalid("Invalid model version source: '%s'. If supplying a source as an http, https, local file path, "+
			"ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references "+
			"present. Please provide an absolute path.", o.source)
	}
	if !q.rules.ownedSources {
		return o, nil
	}
	return q.owned(o, parsed)
}

// owned wants the run or the logged model that a source lies in.
func (q *request) owned(o origin, parsed *url.URL) (origin, error) {
	path := strings.TrimPrefix(parsed.Path, "/")
	switch {
	case parsed.Scheme == "runs":
		run, _, _ := strings.Cut(path, "/")
		return o, mustBe(run == o.runID && o.modelID == "", o.source, "run_id")
	case parsed.Scheme == "models" && strings.HasPrefix(path, "m-"):
		return q.fromLoggedModel(o, path)
	case parsed.Scheme == "models":
		return q.fromVersion(o, path)
	case parsed.Scheme == "mlflow-artifacts":
		found, ok := q.space.runs[o.runID]
		return o, mustBe(ok && strings.HasPrefix(o.source, found.artifactURI()), o.source, "run_id")
	default:
		return o, nil
	}
}

func (q *request) fromLoggedModel(o origin, path string) (origin, error) {
	id, _, _ := strings.Cut(path, "/")
	if id != o.modelID {
		return o, mustBe(false, o.source, "model_id")
	}
	found, ok := q.space.loggedModels[id]
	if !ok || found.deleted {
		return o, internal("Unable to fetch model from model URI source artifact location '%s'.", o.source)
	}
	if o.runID == "" {
		o.runID = found.runID
	}
	return o, nil
}

// fromVersion copies a version of a registered model: NAME/VERSION or NAME@ALIAS.
func (q *request) fromVersion(o origin, path string) (origin, error) {
	name, number, _ := strings.Cut(path, "/")
	if aliased, alias, ok := strings.Cut(path, "@"); ok {
		holder := q.space.models[aliased]
		if holder == nil || holder.aliases[alias] == 0 {
			return o, invalid("Registered model alias %s not found.", alias)
		}
		name, number = aliased, strconv.Itoa(holder.aliases[alias])
	}
	from := *q
	from.args = Args{"name": name, "version": number}
	found, err := from.version()
	if err != nil {
		return o, err
	}
	return origin{source: "models:/" + name + "/" + number, runID: found.runID, modelID: found.modelID}, nil
}

func mustBe(owned bool, source, parameter string) error {
	if owned {
		return nil
	}
	return invalid("Invalid model version source: '%s'. The %s request parameter must identify the resource that "+
		"contains the source.", source, parameter)
}
