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

// maxNoteBytes is the most bytes that the API server takes as the note of an event; it
// refuses a longer one, and nobody would be told.
const maxNoteBytes = 1024

// Event is something that happened in MLflow, told to the person who watches the
// object: with its before and its after.
type Event struct {
	// Warning is set for what somebody should look into.
	Warning bool
	// Reason is one word, as in a condition.
	Reason string
	// Action is what the operator did, one word.
	Action string
	// Version is the version of the model that the event is about, if it concerns one of many.
	// The recorder counts an event that it has sent a moment ago instead of sending it again,
	// unless it relates to something else.
	Version string
	// Note is a sentence.
	Note string
}

// EmitEvents sends the events of a pass. It is called after the status was written, so that
// a pass that is run again tells nothing twice.
func EmitEvents(recorder events.EventRecorder, about client.Object, happened []Event) {
	for _, e := range happened {
		kind := corev1.EventTypeNormal
		if e.Warning {
			kind = corev1.EventTypeWarning
		}
		recorder.Eventf(about, relatedTo(about, e.Version), kind, e.Reason, e.Action, "%s", sanitize.TruncateBytes(e.Note, maxNoteBytes))
	}
}

// relatedTo is the version within its model, or nil if there is none. Its path is the one
// that status.plan of a RegisteredModel has.
func relatedTo(about client.Object, version string) runtime.Object {
	if version == "" {
		return nil
	}
	return &corev1.ObjectReference{
		APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "RegisteredModel",
		Namespace: about.GetNamespace(), Name: about.GetName(), UID: about.GetUID(),
		FieldPath: "versions/" + version,
	}
}
