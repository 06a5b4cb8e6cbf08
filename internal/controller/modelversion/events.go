// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
)

// maxNoteLength keeps an event readable.
const maxNoteLength = 512

func registeredEvent(s *scope) kubeutil.Event {
	source := displaySource(s.Object)
	if s.loggedModelID != "" {
		source += ", which is logged model " + s.loggedModelID
	}
	return kubeutil.Event{
		Reason: "Registered", Action: "CreateModelVersion",
		Note: fmt.Sprintf("version %s of model %s registered from %s", s.versionNumber(), s.mlflowModel.Name, source),
	}
}

func adoptedEvent(s *scope) kubeutil.Event {
	return kubeutil.Event{
		Reason: "Adopted", Action: "Observe",
		Note: fmt.Sprintf("version %s of model %s, registered from %s, is adopted",
			s.versionNumber(), s.mlflowModel.Name, s.Object.Status.Source),
	}
}

// updatedEvent reports what was changed, with old and new values.
func updatedEvent(s *scope, plan []tagsync.Change) kubeutil.Event {
	return kubeutil.Event{
		Reason: "Updated", Action: "UpdateModelVersion",
		Note: sanitize.TruncateRunes(fmt.Sprintf("version %s of model %s changed: %s",
			s.versionNumber(), s.mlflowModel.Name, tagsync.DescribeChanges(plan)), maxNoteLength),
	}
}

func archivedEvent(s *scope) kubeutil.Event {
	return kubeutil.Event{
		Reason: "Archived", Action: "TransitionModelVersionStage",
		Note: fmt.Sprintf("version %s of model %s moved to MLflow's stage Archived, as deletionPolicy says",
			s.versionNumber(), s.Object.Status.ModelName),
	}
}

func deletedEvent(s *scope) kubeutil.Event {
	return kubeutil.Event{
		Reason: "Deleted", Action: "DeleteModelVersion",
		Note: fmt.Sprintf("version %s of model %s deleted in MLflow, as deletionPolicy says", s.versionNumber(), s.Object.Status.ModelName),
	}
}

// orphanedEvent reports why the version of a deleted object remains unchanged.
func orphanedEvent(s *scope, reason string) kubeutil.Event {
	subject := "what it may have registered"
	if s.versionNumber() != "" {
		subject = fmt.Sprintf("version %s of model %s", s.versionNumber(), s.Object.Status.ModelName)
	}
	return kubeutil.Event{
		Warning: true, Reason: "Orphaned", Action: "Release",
		Note: fmt.Sprintf("%s is left in MLflow as it is: %s", subject, reason),
	}
}
