// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

// typeShape replaces each value by its JSON type.
func typeShape(value any) any {
	switch v := value.(type) {
	case map[string]any:
		form := map[string]any{}
		for key, inner := range v {
			form[key] = typeShape(inner)
		}
		return form
	case []any:
		form := []any{}
		for _, inner := range v {
			form = append(form, typeShape(inner))
		}
		return form
	default:
		return fmt.Sprintf("%T", value)
	}
}

func (e *env) getShape(method, path string, body any) any {
	e.Helper()
	answer := e.sendRaw(method, path, body)
	var value any
	if err := json.Unmarshal(answer.Body, &value); err != nil || answer.Status != 200 {
		e.Fatalf("HTTP %d: %s", answer.Status, answer.Body)
	}
	return typeShape(value)
}

type object = map[string]any

const (
	text   = "string"
	number = "float64"
)

func TestTheShapeOfAModel(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := newName("model")
		bare := object{"name": text, "creation_timestamp": number, "last_updated_timestamp": number}
		created := e.getShape("POST", api+"registered-models/create", object{"name": name})
		if diff := cmp.Diff(object{"registered_model": bare}, created); diff != "" {
			e.Errorf("created (-want +got):\n%s", diff)
		}
		e.createVersion(newVersionSpec(name))
		e.requireNoError(e.user.SetAlias(e.Context(), name, "champion", "1"))
		e.requireNoError(e.user.SetModelTag(e.Context(), name, "k", "v"))
		e.requireNoError(e.user.SetModelDescription(e.Context(), name, "text"))
		full := object{
			"name": text, "creation_timestamp": number, "last_updated_timestamp": number, "description": text,
			"tags":            []any{object{"key": text, "value": text}},
			"aliases":         []any{object{"alias": text, "version": text}},
			"latest_versions": []any{newBareVersion()},
		}
		if diff := cmp.Diff(object{"registered_model": full}, e.getShape("GET", api+"registered-models/get?name="+name, nil)); diff != "" {
			e.Errorf("read (-want +got):\n%s", diff)
		}
		listed := e.getShape("GET", api+"registered-models/search?filter=name%3D%27"+name+"%27", nil)
		if diff := cmp.Diff(object{"registered_models": []any{full}}, listed); diff != "" {
			e.Errorf("listed (-want +got):\n%s", diff)
		}
	})
}

func newBareVersion() object {
	return object{
		"name": text, "version": text, "creation_timestamp": number, "last_updated_timestamp": number, "current_stage": text,
		"description": text, "source": text, "run_id": text, "status": text, "run_link": text,
	}
}

func TestTheShapeOfAVersion(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModel()
		created := e.getShape("POST", api+"model-versions/create", object{"name": name, "source": "s3://bucket/m"})
		if diff := cmp.Diff(object{"model_version": newBareVersion()}, created); diff != "" {
			e.Errorf("created (-want +got):\n%s", diff)
		}
		e.requireNoError(e.user.SetAlias(e.Context(), name, "champion", "1"))
		e.requireNoError(e.user.SetVersionTag(e.Context(), name, "1", "k", "v"))
		e.requireNoError(e.user.CallEndpoint(e.Context(), "PATCH", "model-versions/update", object{"name": name, "version": "1"}, nil))
		want := newBareVersion()
		want["tags"] = []any{object{"key": text, "value": text}}
		delete(want, "description")
		listed := e.getShape("GET", api+"model-versions/search?filter=name%3D%27"+name+"%27", nil)
		if diff := cmp.Diff(object{"model_versions": []any{want}}, listed); diff != "" {
			e.Errorf("listed (-want +got):\n%s", diff)
		}
		want["aliases"] = []any{text}
		if diff := cmp.Diff(object{"model_version": want}, e.getShape("GET", api+"model-versions/get?name="+name+"&version=1", nil)); diff != "" {
			e.Errorf("read (-want +got):\n%s", diff)
		}
	})
}

func TestTheShapeOfARun(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		run := e.createRun()
		e.logMetric(run.RunID, "accuracy", "0.9")
		want := object{
			"info": object{
				"run_id": text, "run_uuid": text, "experiment_id": text, "run_name": text, "user_id": text, "status": text,
				"start_time": number, "artifact_uri": text, "lifecycle_stage": text,
			},
			"data": object{
				"metrics": []any{object{"key": text, "value": number, "timestamp": number, "step": number}},
				"tags":    []any{object{"key": text, "value": text}},
			},
			"inputs": object{},
		}
		if byGeneration(e, true, false) {
			want["outputs"] = object{}
		}
		if diff := cmp.Diff(object{"run": want}, e.getShape("GET", api+"runs/get?run_id="+run.RunID, nil)); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTheShapeOfALoggedModel(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		if byGeneration(e, false, true) {
			return // TestLoggedModelsSinceMLflow3 says so for the second
		}
		run := e.createRun()
		model := requireValue(e.user.CreateLoggedModel(e.Context(), "0", run.RunID))(e)
		e.requireNoError(e.user.LogMetric(e.Context(), run.RunID, mlflowtest.Point{
			Key: "k", Value: "1", Timestamp: 1, ModelID: model.ModelID, DatasetName: "val", DatasetDigest: "abc",
		}))
		want := object{
			"info": object{
				"model_id": text, "experiment_id": text, "name": text, "creation_timestamp_ms": number,
				"last_updated_timestamp_ms": number, "artifact_uri": text, "status": text, "source_run_id": text,
			},
			"data": object{"metrics": []any{object{
				"key": text, "value": number, "timestamp": number, "step": number,
				"dataset_name": text, "dataset_digest": text, "model_id": text, "run_id": text,
			}}},
		}
		answer := e.getShape("GET", api+"logged-models/"+model.ModelID, nil).(object)["model"].(object)
		delete(answer["info"].(object), "model_type") // a client's choice
		if diff := cmp.Diff(want, answer); diff != "" {
			e.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestWritesReturnAnEmptyObject(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(1)
		for sentence, write := range map[string]struct {
			method, endpoint string
			args             object
		}{
			"a model's tag":   {"POST", "registered-models/set-tag", object{"name": name, "key": "k", "value": "v"}},
			"a version's tag": {"POST", "model-versions/set-tag", object{"name": name, "version": "1", "key": "k", "value": "v"}},
			"an alias":        {"POST", "registered-models/alias", object{"name": name, "alias": "a", "version": "1"}},
			"no alias":        {"DELETE", "registered-models/alias", object{"name": name, "alias": "b"}},
			"no tag":          {"DELETE", "registered-models/delete-tag", object{"name": name, "key": "absent"}},
		} {
			e.runCase(sentence, func(e *env) {
				if diff := cmp.Diff(object{}, e.getShape(write.method, api+write.endpoint, write.args)); diff != "" {
					e.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	})
}
