// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"fmt"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/retention"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
	"github.com/neuronews/mlflow-registry-operator/internal/tagsync"
)

func createdEvent(s *scope) kubeutil.Event {
	return kubeutil.Event{
		Reason: "Created", Action: "CreateRegisteredModel",
		Note: fmt.Sprintf("model %s created in MLflow", s.modelName),
	}
}

func recreatedEvent(s *scope) kubeutil.Event {
	return kubeutil.Event{
		Warning: true, Reason: "ModelRecreated", Action: "Observe",
		Note: fmt.Sprintf("model %s was deleted in MLflow and created again externally: to the operator it is a new model", s.modelName),
	}
}

// syncedEvent reports what was changed, with old and new values.
func syncedEvent(s *scope, plan []tagsync.Change) kubeutil.Event {
	return kubeutil.Event{
		Reason: "Updated", Action: "UpdateRegisteredModel",
		Note: sanitize.TruncateRunes(fmt.Sprintf("model %s in MLflow changed: %s", s.modelName, tagsync.DescribeChanges(plan)), maxPlannedLength),
	}
}

// addArchivedEvent reports the versions that a reconcile has archived. The event is related to the
// lowest of them, so that the recorder does not merge it with that of the previous reconcile.
func (s *scope) addArchivedEvent(done []retention.Decision) {
	var names []string
	for _, d := range done {
		if d.Action == retention.ActionArchive {
			names = append(names, d.Version.Version)
		}
	}
	if len(names) == 0 {
		return
	}
	s.AddEvent(kubeutil.Event{
		Reason: "VersionsArchived", Action: "ArchiveVersions", Version: names[0],
		Note: fmt.Sprintf("model %s: archived in MLflow, since they are not among the newest %d and nothing else keeps them: versions %s",
			s.modelName, s.effectiveSpec.Retention.KeepLatest, strings.Join(names, ", ")),
	})
}

// addDeletedEvent reports a version that was deleted, or that may have been: if the answer to a
// delete request is lost, the request is not repeated before a read shows that the version still
// exists.
func (s *scope) addDeletedEvent(d retention.Decision, err error) {
	e := kubeutil.Event{Reason: "VersionDeleted", Action: "DeleteVersion", Version: d.Version.Version}
	switch {
	case err == nil:
		e.Note = fmt.Sprintf("version %s of model %s deleted in MLflow, as retention says: %s", d.Version.Version, s.modelName, d.Reason)
	case mlflow.IsDefinitive(err):
		return
	default:
		e.Warning = true
		e.Note = fmt.Sprintf("version %s of model %s may have been deleted in MLflow, as retention says: %v",
			d.Version.Version, s.modelName, err)
	}
	s.AddEvent(e)
}

func notPersistedError(d retention.Decision) error {
	return fmt.Errorf("MLflow accepted to %s version %s and still shows it in stage %s",
		strings.ToLower(string(d.Action)), d.Version.Version, d.Version.CurrentStage)
}

func deletedEvent(s *scope, model *entities.RegisteredModel) kubeutil.Event {
	newest := "without a version"
	if v := model.NewestVersion(); v != nil {
		newest = "with all versions up to " + v.Version
	}
	return kubeutil.Event{
		Reason: "Deleted", Action: "DeleteRegisteredModel",
		Note: fmt.Sprintf("model %s deleted in MLflow, %s, as deletionPolicy says", s.modelName, newest),
	}
}

func alreadyDeletedEvent(s *scope) kubeutil.Event {
	return kubeutil.Event{
		Reason: "AlreadyDeleted", Action: "DeleteRegisteredModel",
		Note: fmt.Sprintf("model %s is not in MLflow: there is nothing to delete", s.modelName),
	}
}

func orphanedEvent(s *scope, reason string) kubeutil.Event {
	return kubeutil.Event{
		Warning: true, Reason: "Orphaned", Action: "DeleteRegisteredModel",
		Note: fmt.Sprintf("model %s is left in MLflow as it is: %s", s.modelName, reason),
	}
}
