// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// state is everything that a user can read, without the times at which it happened.
type state struct {
	Model    *entities.RegisteredModel
	Versions []*entities.ModelVersion
	Status   v1alpha1.RegisteredModelStatus
	Statuses map[string]v1alpha1.ModelPromotionStatus
	// ModelVersions has the ModelVersions that exist, by name.
	ModelVersions map[string]v1alpha1.ModelVersion
}

// productionEvidenceTag is the tag with the evidence for the promotion of a version to production.
const productionEvidenceTag = v1alpha1.EvidenceTagPrefix + "production"

func (e *env) snapshotState() state {
	e.Helper()
	s := state{Model: e.mlflow.Model(sentiment), Statuses: map[string]v1alpha1.ModelPromotionStatus{}}
	for _, version := range e.listExistingVersions() {
		v := e.mlflow.Version(sentiment, version)
		v.LastUpdatedTimestamp = 0
		s.Versions = append(s.Versions, v)
	}
	if s.Model != nil {
		s.Model.LastUpdatedTimestamp = 0
		for i := range s.Model.LatestVersions {
			s.Model.LatestVersions[i].LastUpdatedTimestamp = 0
		}
	}
	s.Status = e.getModel().Status
	clearTimes(s.Status.Conditions)
	for _, name := range e.promotions {
		status := e.getPromotion(name).Status
		clearTimes(status.Conditions)
		clearBackwardMessage(status.Gates)
		s.Statuses[name] = status
	}
	if s.ModelVersions = e.snapshotModelVersions(); len(e.modelVersions) > 0 {
		clearCreations(&s)
	}
	return s
}

// clearCreations clears the creation times of versions and the digests that contain them. If the
// operator registers a version after a crash, it does so at another tick of MLflow's clock.
func clearCreations(s *state) {
	versions := s.Versions
	for i := range s.Model.LatestVersions {
		versions = append(versions, &s.Model.LatestVersions[i])
	}
	for _, v := range versions {
		v.CreationTimestamp = 0
		if _, found := v.Tags[productionEvidenceTag]; found {
			v.Tags[productionEvidenceTag] = "…"
		}
	}
	if s.Status.Latest != nil {
		s.Status.Latest.Created = nil
	}
	for i := range s.Status.Stages {
		s.Status.Stages[i].Created = nil
	}
	for name, status := range s.Statuses {
		status.EvidenceDigest = ""
		if status.Candidate != nil {
			status.Candidate.VersionCreationTimestamp = 0
		}
		for i := range status.History {
			status.History[i].VersionCreationTimestamp, status.History[i].Evidence = 0, ""
		}
		s.Statuses[name] = status
	}
	for name, v := range s.ModelVersions {
		v.Status.VersionCreationTimestamp = 0
		s.ModelVersions[name] = v
	}
}

// snapshotModelVersions returns the ModelVersions without the fields that differ between runs.
func (e *env) snapshotModelVersions() map[string]v1alpha1.ModelVersion {
	e.Helper()
	found := map[string]v1alpha1.ModelVersion{}
	for _, name := range e.modelVersions {
		v := e.getModelVersion(name)
		if v == nil {
			continue
		}
		v.ResourceVersion, v.ManagedFields = "", nil
		clearTimes(v.Status.Conditions)
		found[name] = *v
	}
	return found
}

func clearTimes(conditions []metav1.Condition) {
	for i := range conditions {
		conditions[i].LastTransitionTime = metav1.Time{}
	}
}

// clearBackwardMessage clears the message of gate not-backward: it depends on whether the alias
// was set before or after the last evaluation.
func clearBackwardMessage(gates []v1alpha1.GateStatus) {
	for i := range gates {
		if gates[i].Name == "not-backward" {
			gates[i].Message = ""
		}
	}
}

// listExistingVersions lists the numbers of all versions that were not deleted.
func (e *env) listExistingVersions() []string {
	var existing []string
	for number := range e.versionCount + 2*len(e.modelVersions) {
		if version := strconv.Itoa(number + 1); e.mlflow.Version(sentiment, version) != nil {
			existing = append(existing, version)
		}
	}
	return existing
}

// readyCondition returns the condition Ready of a promotion; zero if there is none yet.
func readyCondition(p *v1alpha1.ModelPromotion) metav1.Condition {
	if ready := meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady); ready != nil {
		return *ready
	}
	return metav1.Condition{}
}

// describeHistory returns the history of production, newest first: REASON VERSION in place of PREVIOUS.
func (s state) describeHistory() []string {
	var entries []string
	for _, record := range s.Statuses["production"].History {
		entries = append(entries, fmt.Sprintf("%s %s in place of %s", record.Reason, record.Version, record.PreviousVersion))
	}
	return entries
}
