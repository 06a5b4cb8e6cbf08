// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"fmt"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/metadata"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/retention"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

func created(s *scope) kube.Event {
	return kube.Event{
		Reason: "Created", Action: "CreateRegisteredModel",
		Note: fmt.Sprintf("model %s created in MLflow", s.name),
	}
}

func recreated(s *scope) kube.Event {
	return kube.Event{
		Warning: true, Reason: "Recreated", Action: "Observe",
		Note: fmt.Sprintf("model %s was deleted in MLflow and created again by another hand: to the operator it is a new model", s.name),
	}
}

// synced says what was changed, with before and after.
func synced(s *scope, plan []metadata.Change) kube.Event {
	return kube.Event{
		Reason: "Updated", Action: "UpdateRegisteredModel",
		Note: text.Cut(fmt.Sprintf("model %s in MLflow changed: %s", s.name, metadata.Describe(plan)), maxPlanned),
	}
}

// tellArchived names the versions that a pass has archived. The recorder folds events into
// one that differ in their notes only: the lowest version makes the action another one.
func (s *scope) tellArchived(done []retention.Decision) {
	var names []string
	for _, d := range done {
		if d.Action == retention.Archive {
			names = append(names, d.Version.Version)
		}
	}
	if len(names) == 0 {
		return
	}
	s.happened(kube.Event{
		Reason: "VersionsArchived", Action: "ArchiveModelVersions" + names[0],
		Note: fmt.Sprintf("model %s: archived in MLflow, since they are not among the newest %d and nothing else keeps them: versions %s",
			s.name, s.inherited.Retention.KeepLatest, strings.Join(names, ", ")),
	})
}

// tellDeleted names a version that was deleted, or that may have been: a delete whose answer
// is lost is not sent again before it was looked whether there is something to delete.
func (s *scope) tellDeleted(d retention.Decision, err error) {
	e := kube.Event{Reason: "VersionDeleted", Action: "DeleteModelVersion" + d.Version.Version}
	switch {
	case err == nil:
		e.Note = fmt.Sprintf("version %s of model %s deleted in MLflow, as retention says: %s", d.Version.Version, s.name, d.Reason)
	case mlflow.Refused(err):
		return
	default:
		e.Warning = true
		e.Note = fmt.Sprintf("version %s of model %s was to be deleted in MLflow, as retention says, and may be: %v",
			d.Version.Version, s.name, err)
	}
	s.happened(e)
}

func notDone(d retention.Decision) error {
	return fmt.Errorf("MLflow accepted to %s version %s and still shows it in stage %s",
		strings.ToLower(string(d.Action)), d.Version.Version, d.Version.CurrentStage)
}

func deleted(s *scope, live *entities.RegisteredModel) kube.Event {
	newest := "without a version"
	if v := live.Newest(); v != nil {
		newest = "with all versions up to " + v.Version
	}
	return kube.Event{
		Reason: "Deleted", Action: "DeleteRegisteredModel",
		Note: fmt.Sprintf("model %s deleted in MLflow, %s, as deletionPolicy says", s.name, newest),
	}
}

func gone(s *scope) kube.Event {
	return kube.Event{
		Reason: "Gone", Action: "DeleteRegisteredModel",
		Note: fmt.Sprintf("model %s is not in MLflow: there is nothing to delete", s.name),
	}
}

func left(s *scope, why string) kube.Event {
	return kube.Event{
		Warning: true, Reason: "Left", Action: "DeleteRegisteredModel",
		Note: fmt.Sprintf("model %s is left in MLflow as it is: %s", s.name, why),
	}
}
