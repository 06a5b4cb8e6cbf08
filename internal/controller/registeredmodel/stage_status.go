// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// publishStages sets which versions hold the stages. After it, the status has all that a deployment
// needs.
func (r *Reconciler) publishStages(ctx context.Context, s *scope) reconciler.Result {
	key := types.NamespacedName{Namespace: s.Object.Namespace, Name: s.Object.Name}
	promotions, err := kubeutil.ListPromotionsByModel(ctx, r.Client, key)
	if err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	s.promotions = promotions
	setModelStatus(s)
	return reconciler.Continue()
}

// setModelStatus sets what is known of the model. If the model does not exist, these fields are
// empty.
func setModelStatus(s *scope) {
	status := &s.Object.Status
	status.CreationTimestamp, status.LatestVersion, status.Latest = 0, "", nil
	status.Stages, status.StageSummary = nil, ""
	if s.mlflowModel == nil {
		return
	}
	status.CreationTimestamp = int64(s.mlflowModel.CreationTimestamp)
	if newest := s.mlflowModel.NewestVersion(); newest != nil {
		status.LatestVersion = v1alpha1.Version(newest.Version)
		status.Latest = newLatestStatus(s, newest)
	}
	var summary []string
	for i := range s.effectiveSpec.Stages {
		stage := newStageStatus(s, &s.effectiveSpec.Stages[i])
		status.Stages = append(status.Stages, stage)
		if stage.Version != "" {
			summary = append(summary, fmt.Sprintf("%s=%s", stage.Name, stage.Version))
		}
	}
	status.StageSummary = strings.Join(summary, " ")
}

// newLatestStatus returns the newest version, as the list shows it.
func newLatestStatus(s *scope, newest *entities.ModelVersion) *v1alpha1.LatestStatus {
	return &v1alpha1.LatestStatus{
		Version: v1alpha1.Version(newest.Version),
		Created: millisToTime(int64(newest.CreationTimestamp)),
		RunID:   sanitize.CleanText(newest.RunID, maxRunIDLength),
		URI:     fmt.Sprintf("models:/%s/%s", s.modelName, newest.Version),
	}
}

// newStageStatus returns the state of one stage: the version is MLflow's, and the rest is what the
// promotion of the stage recorded of that version.
func newStageStatus(s *scope, stage *v1alpha1.Stage) v1alpha1.StageStatus {
	alias := stage.EffectiveAlias()
	version := s.mlflowModel.Aliases[alias]
	status := v1alpha1.StageStatus{
		Name:        stage.Name,
		Alias:       alias,
		Version:     v1alpha1.Version(version),
		URI:         fmt.Sprintf("models:/%s@%s", s.modelName, alias),
		MLflowStage: stage.MLflowStage,
	}
	if version != "" {
		status.VersionURI = fmt.Sprintf("models:/%s/%s", s.modelName, version)
		addListedVersion(&status, s.mlflowModel, version)
	}
	if p := findStagePromotion(s.promotions, stage.Name); p != nil {
		addPromotionRecord(&status, s, p)
	}
	return status
}

// addListedVersion adds what the list shows of the version. The list has the newest version of each
// legacy stage.
func addListedVersion(status *v1alpha1.StageStatus, model *entities.RegisteredModel, version string) {
	for i := range model.LatestVersions {
		if listed := &model.LatestVersions[i]; listed.Version == version {
			status.Created = millisToTime(int64(listed.CreationTimestamp))
			status.RunID = sanitize.CleanText(listed.RunID, maxRunIDLength)
		}
	}
}

// maxRunIDLength is the limit of the API for the id of a run.
const maxRunIDLength = 64

// millisToTime converts a time of MLflow, in milliseconds since 1970.
func millisToTime(milliseconds int64) *metav1.Time {
	if milliseconds == 0 {
		return nil
	}
	return new(metav1.NewTime(time.UnixMilli(milliseconds).Truncate(time.Second)))
}

// addPromotionRecord adds what the promotion recorded of the version that holds the stage.
func addPromotionRecord(status *v1alpha1.StageStatus, s *scope, p *v1alpha1.ModelPromotion) {
	status.Promotion = p.Name
	record := promotion.LastRecord(p.Status.History, s.mlflowModel)
	if record == nil || record.Version != status.Version {
		return
	}
	status.PreviousVersion = promotion.PreviousVersion(p.Status.History)
	status.Since = &record.Time
	status.Created = millisToTime(record.VersionCreationTimestamp)
	status.RunID = record.RunID
}

// findStagePromotion returns the promotion of a stage: the oldest of several, without dry runs,
// which hold no stage.
func findStagePromotion(promotions []v1alpha1.ModelPromotion, stage v1alpha1.StageName) *v1alpha1.ModelPromotion {
	var oldest *v1alpha1.ModelPromotion
	for i := range promotions {
		p := &promotions[i]
		if p.Spec.Stage == stage && !p.IsDryRun() && (oldest == nil || kubeutil.CreatedBefore(p, oldest)) {
			oldest = p
		}
	}
	return oldest
}
