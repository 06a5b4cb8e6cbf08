// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// maxNoteBytes is the API server's limit for the note of an event: it rejects an event with a longer
// note, which would then be lost.
const maxNoteBytes = 1024

// Event describes something that happened to an object in MLflow, with the state before and
// after it.
type Event struct {
	// Warning is whether the type of the event is Warning: a person should investigate it.
	Warning bool
	// Reason is one word, as in a condition.
	Reason string
	// Action is what the operator did, in one word.
	Action string
	// Version is the model version that the event is about; empty if it is about the whole object.
	// The recorder does not send an event that repeats a recent one, but counts it. Events that are
	// related to different versions do not repeat each other.
	Version string
	// Note is a sentence.
	Note string
}

// EmitEvents sends the events of a reconcile. Call it after the status was written, so that
// a repeated reconcile sends no event twice.
func EmitEvents(recorder events.EventRecorder, object client.Object, all []Event) {
	for _, e := range all {
		kind := corev1.EventTypeNormal
		if e.Warning {
			kind = corev1.EventTypeWarning
		}
		note := sanitize.TruncateBytes(e.Note, maxNoteBytes)
		recorder.Eventf(object, newRelatedVersion(object, e.Version), kind, e.Reason, e.Action, "%s", note)
	}
}

// newRelatedVersion returns a reference to a version of a RegisteredModel, or nil if the version is
// empty. Its path is that of the version in status.plan.
func newRelatedVersion(model client.Object, version string) runtime.Object {
	if version == "" {
		return nil
	}
	return &corev1.ObjectReference{
		APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "RegisteredModel",
		Namespace: model.GetNamespace(), Name: model.GetName(), UID: model.GetUID(),
		FieldPath: "versions/" + version,
	}
}
