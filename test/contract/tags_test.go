// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestTagsOfAModel(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		before := w.getModel(name)
		w.requireNoError(w.client.SetRegisteredModelTag(ctx, name, "k", "1"))
		w.requireNoError(w.client.SetRegisteredModelTag(ctx, name, "k", "2"))
		w.requireNoError(w.client.SetRegisteredModelTag(ctx, name, "K", "other"))
		after := w.getModel(name)
		if diff := cmp.Diff(map[string]string{"k": "2", "K": "other"}, after.Tags); diff != "" {
			w.Errorf("tags (-want +got):\n%s", diff)
		}
		if after.LastUpdatedTimestamp != before.LastUpdatedTimestamp {
			w.Error("a tag moved the model's timestamp")
		}
		w.requireNoError(w.client.DeleteRegisteredModelTag(ctx, name, "k"))
		w.requireNoError(w.client.DeleteRegisteredModelTag(ctx, name, "k")) // what is not there is no error
		if diff := cmp.Diff(map[string]string{"K": "other"}, w.getModel(name).Tags); diff != "" {
			w.Errorf("tags (-want +got):\n%s", diff)
		}
	})
}

func TestTagsOfAVersion(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		ctx, name := w.Context(), w.createModelWithVersions(1)
		before, model := w.getVersion(name, "1"), w.getModel(name)
		w.requireNoError(w.client.SetModelVersionTag(ctx, name, "1", "bias_review", "passed"))
		after := w.getVersion(name, "1")
		if diff := cmp.Diff(map[string]string{"bias_review": "passed"}, after.Tags); diff != "" {
			w.Errorf("tags (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before.CreationTimestamp, after.CreationTimestamp); diff != "" ||
			w.getModel(name).LastUpdatedTimestamp != model.LastUpdatedTimestamp {
			w.Error("a tag moved a timestamp")
		}
		latest := w.getModel(name).LatestInStage(entities.StageNone)
		if latest == nil || latest.Tags["bias_review"] != "passed" {
			w.Errorf("the newest version in the model is %+v", latest)
		}
		w.requireNoError(w.user.DeleteVersionTag(ctx, name, "1", "bias_review"))
		w.requireNoError(w.user.DeleteVersionTag(ctx, name, "1", "bias_review"))
		w.requireKind(w.client.SetModelVersionTag(ctx, name, "2", "k", "v"), mlflow.ErrNotFound)
	})
}

func TestATagWithoutAValueIsEmpty(t *testing.T) {
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(1)
		w.requireNoError(w.user.CallEndpoint(w.Context(), "POST", "registered-models/set-tag", map[string]any{"name": name, "key": "k"}, nil))
		w.requireNoError(w.user.CallEndpoint(w.Context(), "POST", "model-versions/set-tag", map[string]any{"name": name, "version": "1", "key": "k"}, nil))
		value, ok := w.getModel(name).Tags["k"]
		if !ok || value != "" {
			w.Errorf("got %q, %t", value, ok)
		}
	})
}

func TestTagLimits(t *testing.T) {
	cases := map[string]struct {
		key, value string
		three, two error
	}{
		"a key of 250":    {key: strings.Repeat("k", 250)},
		"a key of 251":    {key: strings.Repeat("k", 251), three: mlflow.ErrInvalidParameter, two: mlflow.ErrInvalidParameter},
		"a value of 5000": {key: "k", value: strings.Repeat("v", 5000)},
		"a value of 5001": {key: "k", value: strings.Repeat("v", 5001), two: mlflow.ErrInvalidParameter},
		"a value of 100001": {
			key: "k", value: strings.Repeat("v", 100_001), three: mlflow.ErrInvalidParameter, two: mlflow.ErrInvalidParameter,
		},
		"a doubled slash":     {key: "bad//key", three: mlflow.ErrInvalidParameter, two: mlflow.ErrInvalidParameter},
		"a leading slash":     {key: "/lead", three: mlflow.ErrInvalidParameter, two: mlflow.ErrInvalidParameter},
		"a dollar":            {key: "a$b", three: mlflow.ErrInvalidParameter, two: mlflow.ErrInvalidParameter},
		"dots, slash, colon":  {key: "a.b/c:d e-f_g"},
		"the operator's keys": {key: "registry.mlflow-operator.io/promotion.production", value: `{"from":"6"}`},
	}
	forEachOpenServer(t, func(w *env) {
		name := w.createModelWithVersions(1)
		for sentence, tc := range cases {
			w.runCase(sentence, func(w *env) {
				want := byGeneration(w, tc.three, tc.two)
				w.requireKind(w.client.SetRegisteredModelTag(w.Context(), name, tc.key, tc.value), want)
				w.requireKind(w.client.SetModelVersionTag(w.Context(), name, "1", tc.key, tc.value), want)
			})
		}
	})
}
