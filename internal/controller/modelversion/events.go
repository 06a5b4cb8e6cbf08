// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/metadata"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// maxNote keeps an event readable.
const maxNote = 512

func registered(s *scope) kube.Event {
	source := sourceOf(s.object)
	if s.logged != "" {
		source += ", which is logged model " + s.logged
	}
	return kube.Event{
		Reason: "Registered", Action: "CreateModelVersion",
		Note: fmt.Sprintf("version %s of model %s registered from %s", s.number(), s.live.Name, source),
	}
}

func adopted(s *scope) kube.Event {
	return kube.Event{
		Reason: "Adopted", Action: "Observe",
		Note: fmt.Sprintf("version %s of model %s, registered from %s, is adopted", s.number(), s.live.Name, s.object.Status.Source),
	}
}

// updated says what was changed, with before and after.
func updated(s *scope, plan []metadata.Change) kube.Event {
	return kube.Event{
		Reason: "Updated", Action: "UpdateModelVersion",
		Note: text.Cut(fmt.Sprintf("version %s of model %s changed: %s", s.number(), s.live.Name, metadata.Describe(plan)), maxNote),
	}
}

func archived(s *scope) kube.Event {
	return kube.Event{
		Reason: "Archived", Action: "TransitionModelVersionStage",
		Note: fmt.Sprintf("version %s of model %s moved to MLflow's stage Archived, as deletionPolicy says",
			s.number(), s.object.Status.ModelName),
	}
}

func removed(s *scope) kube.Event {
	return kube.Event{
		Reason: "Deleted", Action: "DeleteModelVersion",
		Note: fmt.Sprintf("version %s of model %s deleted in MLflow, as deletionPolicy says", s.number(), s.object.Status.ModelName),
	}
}

// left says why nothing was done to the version of an object that goes.
func left(s *scope, why string) kube.Event {
	what := "what it may have registered"
	if s.number() != "" {
		what = fmt.Sprintf("version %s of model %s", s.number(), s.object.Status.ModelName)
	}
	return kube.Event{
		Warning: true, Reason: "Left", Action: "Release",
		Note: fmt.Sprintf("%s is left in MLflow as it is: %s", what, why),
	}
}
