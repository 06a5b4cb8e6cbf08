// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestDefaults checks that few fields have a default, and that the others stay absent.
func TestDefaults(t *testing.T) {
	cases := map[string]struct {
		object client.Object
		want   map[string]any
	}{
		"a connection is polled every 30s": {
			object: builder.Connection("mlflow").Build(),
			want: map[string]any{
				"url":          "http://mlflow.mlops.svc:5000",
				"pollInterval": "30s",
				"timeout":      "30s",
			},
		},
		"a shared connection is polled every 30s": {
			object: builder.ClusterConnection("mlflow").Build(),
			want: map[string]any{
				"url":               "http://mlflow.mlops.svc:5000",
				"pollInterval":      "30s",
				"timeout":           "30s",
				"allowedNamespaces": map[string]any{"names": []any{"default"}},
			},
		},
		"a model is created or adopted, and its stages are kept": {
			object: builder.RegisteredModel("sentiment").Stages(builder.Stage("staging")).Build(),
			want: map[string]any{
				"connectionRef":    map[string]any{"kind": "MLflowConnection", "name": "mlflow"},
				"adoptionPolicy":   "CreateOrAdopt",
				"managementPolicy": "Enforce",
				"deletionPolicy":   "Retain",
				"stages": []any{
					map[string]any{"name": "staging", "driftPolicy": "Revert", "rollbackPolicy": "Trusted", "overridePolicy": "Forbid"},
				},
			},
		},
		"a retention archives": {
			object: builder.RegisteredModel("sentiment").Retention(builder.KeepLatest(3)).Build(),
			want: map[string]any{
				"connectionRef":    map[string]any{"kind": "MLflowConnection", "name": "mlflow"},
				"adoptionPolicy":   "CreateOrAdopt",
				"managementPolicy": "Enforce",
				"deletionPolicy":   "Retain",
				"retention":        map[string]any{"keepLatest": int64(3), "action": "Archive"},
			},
		},
		"a class keeps its stages as a model does, and its rules are as written": {
			object: builder.Class("default").RequireTag("team").Stages(builder.Stage("staging")).Build(),
			want: map[string]any{
				"tags":   []any{map[string]any{"key": "team", "required": true}},
				"stages": []any{map[string]any{"name": "staging", "driftPolicy": "Revert", "rollbackPolicy": "Trusted", "overridePolicy": "Forbid"}},
			},
		},
		"a promotion is enforced, and its gates are as written": {
			object: builder.Promotion("sentiment").Gates(builder.GreaterThanGate("accuracy", "0.85")).Build(),
			want: map[string]any{
				"modelRef": map[string]any{"name": "sentiment"},
				"stage":    "production",
				"version":  "1",
				"mode":     "Enforce",
				"gates": []any{map[string]any{
					"name":   "accuracy",
					"metric": map[string]any{"key": "accuracy", "operator": "GreaterThan", "threshold": "0.85"},
				}},
			},
		},
		"a version is left when its object goes, and its source is as written": {
			object: builder.ModelVersion("sentiment").Run("abc").Build(),
			want: map[string]any{
				"modelRef":       map[string]any{"name": "sentiment"},
				"source":         map[string]any{"runID": "abc"},
				"deletionPolicy": "Retain",
			},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			stored := createAndRead(t, tc.object)

			if diff := cmp.Diff(tc.want, stored.Object["spec"]); diff != "" {
				t.Errorf("spec (-want +got):\n%s", diff)
			}
			// kstatus treats an object without a status as ready.
			want := map[string]any{"observedGeneration": int64(-1)}
			if diff := cmp.Diff(want, stored.Object["status"]); diff != "" {
				t.Errorf("status (-want +got):\n%s", diff)
			}
		})
	}
}

// createAndRead creates an object and returns it as the server stores it.
func createAndRead(t *testing.T, object client.Object) *unstructured.Unstructured {
	t.Helper()
	assignIdentity(t, object)
	created := toUnstructured(t, object)
	createObject(t, created)
	return getObject(t, created)
}

func getObject(t *testing.T, object *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	got := &unstructured.Unstructured{}
	got.SetGroupVersionKind(object.GroupVersionKind())
	if err := controlPlane.Client.Get(t.Context(), client.ObjectKeyFromObject(object), got); err != nil {
		t.Fatalf("get %s: %v", object.GetName(), err)
	}
	return got
}
