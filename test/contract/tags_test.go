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
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		before := e.getModel(name)
		e.requireNoError(e.client.SetRegisteredModelTag(ctx, name, "k", "1"))
		e.requireNoError(e.client.SetRegisteredModelTag(ctx, name, "k", "2"))
		e.requireNoError(e.client.SetRegisteredModelTag(ctx, name, "K", "other"))
		after := e.getModel(name)
		if diff := cmp.Diff(map[string]string{"k": "2", "K": "other"}, after.Tags); diff != "" {
			e.Errorf("tags (-want +got):\n%s", diff)
		}
		if after.LastUpdatedTimestamp != before.LastUpdatedTimestamp {
			e.Error("a tag changed the model's timestamp")
		}
		e.requireNoError(e.client.DeleteRegisteredModelTag(ctx, name, "k"))
		e.requireNoError(e.client.DeleteRegisteredModelTag(ctx, name, "k")) // what is not there is no error
		if diff := cmp.Diff(map[string]string{"K": "other"}, e.getModel(name).Tags); diff != "" {
			e.Errorf("tags (-want +got):\n%s", diff)
		}
	})
}

func TestTagsOfAVersion(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		ctx, name := e.Context(), e.createModelWithVersions(1)
		before, model := e.getVersion(name, "1"), e.getModel(name)
		e.requireNoError(e.client.SetModelVersionTag(ctx, name, "1", "bias_review", "passed"))
		after := e.getVersion(name, "1")
		if diff := cmp.Diff(map[string]string{"bias_review": "passed"}, after.Tags); diff != "" {
			e.Errorf("tags (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before.CreationTimestamp, after.CreationTimestamp); diff != "" ||
			e.getModel(name).LastUpdatedTimestamp != model.LastUpdatedTimestamp {
			e.Error("a tag changed a timestamp")
		}
		latest := e.getModel(name).LatestInStage(entities.StageNone)
		if latest == nil || latest.Tags["bias_review"] != "passed" {
			e.Errorf("the newest version in the model is %+v", latest)
		}
		e.requireNoError(e.user.DeleteVersionTag(ctx, name, "1", "bias_review"))
		e.requireNoError(e.user.DeleteVersionTag(ctx, name, "1", "bias_review"))
		e.requireKind(e.client.SetModelVersionTag(ctx, name, "2", "k", "v"), mlflow.ErrNotFound)
	})
}

func TestATagWithoutAValueIsEmpty(t *testing.T) {
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(1)
		e.requireNoError(e.user.CallEndpoint(e.Context(), "POST", "registered-models/set-tag", map[string]any{"name": name, "key": "k"}, nil))
		args := map[string]any{"name": name, "version": "1", "key": "k"}
		e.requireNoError(e.user.CallEndpoint(e.Context(), "POST", "model-versions/set-tag", args, nil))
		value, ok := e.getModel(name).Tags["k"]
		if !ok || value != "" {
			e.Errorf("got %q, %t", value, ok)
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
	forEachOpenServer(t, func(e *env) {
		name := e.createModelWithVersions(1)
		for sentence, tc := range cases {
			e.runCase(sentence, func(e *env) {
				want := byGeneration(e, tc.three, tc.two)
				e.requireKind(e.client.SetRegisteredModelTag(e.Context(), name, tc.key, tc.value), want)
				e.requireKind(e.client.SetModelVersionTag(e.Context(), name, "1", tc.key, tc.value), want)
			})
		}
	})
}
