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

// typeShape replaces each value by its JSON type: an answer's form without its content.
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

func (w *env) getShape(method, path string, body any) any {
	w.Helper()
	answer := w.sendRaw(method, path, body)
	var value any
	if err := json.Unmarshal(answer.Body, &value); err != nil || answer.Status != 200 {
		w.Fatalf("HTTP %d: %s", answer.Status, answer.Body)
	}
	return typeShape(value)
}

type object = map[string]any

const (
	text   = "string"
	number = "float64"
)

func TestTheShapeOfAModel(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := newName("model")
		bare := object{"name": text, "creation_timestamp": number, "last_updated_timestamp": number}
		created := w.getShape("POST", api+"registered-models/create", object{"name": name})
		if diff := cmp.Diff(object{"registered_model": bare}, created); diff != "" {
			w.Errorf("created (-want +got):\n%s", diff)
		}
		w.createVersion(newVersionSpec(name))
		w.requireNoError(w.user.SetAlias(w.Context(), name, "champion", "1"))
		w.requireNoError(w.user.SetModelTag(w.Context(), name, "k", "v"))
		w.requireNoError(w.user.SetModelDescription(w.Context(), name, "text"))
		full := object{
			"name": text, "creation_timestamp": number, "last_updated_timestamp": number, "description": text,
			"tags":            []any{object{"key": text, "value": text}},
			"aliases":         []any{object{"alias": text, "version": text}},
			"latest_versions": []any{newBareVersion()},
		}
		if diff := cmp.Diff(object{"registered_model": full}, w.getShape("GET", api+"registered-models/get?name="+name, nil)); diff != "" {
			w.Errorf("read (-want +got):\n%s", diff)
		}
		listed := w.getShape("GET", api+"registered-models/search?filter=name%3D%27"+name+"%27", nil)
		if diff := cmp.Diff(object{"registered_models": []any{full}}, listed); diff != "" {
			w.Errorf("listed (-want +got):\n%s", diff)
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
	forEachOpenServer(t, func(w *env) {
		name := w.createModel()
		created := w.getShape("POST", api+"model-versions/create", object{"name": name, "source": "s3://bucket/m"})
		if diff := cmp.Diff(object{"model_version": newBareVersion()}, created); diff != "" {
			w.Errorf("created (-want +got):\n%s", diff)
		}
		w.requireNoError(w.user.SetAlias(w.Context(), name, "champion", "1"))
		w.requireNoError(w.user.SetVersionTag(w.Context(), name, "1", "k", "v"))
		w.requireNoError(w.user.CallEndpoint(w.Context(), "PATCH", "model-versions/update", object{"name": name, "version": "1"}, nil))
		want := newBareVersion()
		want["tags"] = []any{object{"key": text, "value": text}}
		delete(want, "description")
		listed := w.getShape("GET", api+"model-versions/search?filter=name%3D%27"+name+"%27", nil)
		if diff := cmp.Diff(object{"model_versions": []any{want}}, listed); diff != "" {
			w.Errorf("listed (-want +got):\n%s", diff)
		}
		want["aliases"] = []any{text}
		if diff := cmp.Diff(object{"model_version": want}, w.getShape("GET", api+"model-versions/get?name="+name+"&version=1", nil)); diff != "" {
			w.Errorf("read (-want +got):\n%s", diff)
		}
	})
}

func TestTheShapeOfARun(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		run := w.createRun()
		w.logMetric(run.RunID, "accuracy", "0.9")
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
		if byGeneration(w, true, false) {
			want["outputs"] = object{}
		}
		if diff := cmp.Diff(object{"run": want}, w.getShape("GET", api+"runs/get?run_id="+run.RunID, nil)); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTheShapeOfALoggedModel(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		if byGeneration(w, false, true) {
			return // TestLoggedModelsSinceMLflow3 says so for the second
		}
		run := w.createRun()
		model := requireValue(w.user.CreateLoggedModel(w.Context(), "0", run.RunID))(w)
		w.requireNoError(w.user.LogMetric(w.Context(), run.RunID, mlflowtest.Point{
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
		answer := w.getShape("GET", api+"logged-models/"+model.ModelID, nil).(object)["model"].(object)
		delete(answer["info"].(object), "model_type") // a client's choice
		if diff := cmp.Diff(want, answer); diff != "" {
			w.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestWritesReturnAnEmptyObject(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(1)
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
			w.runCase(sentence, func(w *env) {
				if diff := cmp.Diff(object{}, w.getShape(write.method, api+write.endpoint, write.args)); diff != "" {
					w.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	})
}
