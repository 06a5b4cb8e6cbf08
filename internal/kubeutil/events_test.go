// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// relatedRecorder records the related object of each event.
type relatedRecorder struct {
	related []runtime.Object
}

func (r *relatedRecorder) Eventf(_, related runtime.Object, _, _, _, _ string, _ ...any) {
	r.related = append(r.related, related)
}

// The recorder counts events as repeated if they differ only in their notes.
func TestEventsOfVersionsAreKeptApart(t *testing.T) {
	model := &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{Namespace: "news", Name: "sentiment", UID: "1"}}
	var recorder relatedRecorder
	EmitEvents(&recorder, model, []Event{
		{Reason: "VersionDeleted", Action: "DeleteVersion", Version: "3"},
		{Reason: "Created", Action: "CreateRegisteredModel"},
	})
	want := []runtime.Object{
		&corev1.ObjectReference{
			APIVersion: "registry.mlflow-operator.io/v1alpha1", Kind: "RegisteredModel",
			Namespace: "news", Name: "sentiment", UID: "1", FieldPath: "versions/3",
		},
		nil,
	}
	if diff := cmp.Diff(want, recorder.related); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
