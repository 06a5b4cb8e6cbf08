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
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// publish finds out who holds the stages. After it, the status tells a deployment all
// that it has to know.
func (r *Reconciler) publish(ctx context.Context, s *scope) outcome.Outcome {
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: s.object.Name}
	promotions, err := kube.PromotionsOf(ctx, r.Client, key)
	if err != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	s.promotions = promotions
	publishModel(s)
	return outcome.Done()
}

// publishModel fills the status with what is known of the model; of one that does not
// exist, nothing is.
func publishModel(s *scope) {
	status := &s.object.Status
	status.CreationTimestamp, status.LatestVersion, status.Latest = 0, "", nil
	status.Stages, status.Summary = nil, ""
	if s.live == nil {
		return
	}
	status.CreationTimestamp = int64(s.live.CreationTimestamp)
	if newest := s.live.Newest(); newest != nil {
		status.LatestVersion = v1alpha1.Version(newest.Version)
		status.Latest = latestStatus(s, newest)
	}
	var summary []string
	for i := range s.stages {
		stage := stageStatus(s, &s.stages[i])
		status.Stages = append(status.Stages, stage)
		if stage.Version != "" {
			summary = append(summary, fmt.Sprintf("%s=%s", stage.Name, stage.Version))
		}
	}
	status.Summary = strings.Join(summary, " ")
}

// latestStatus is the newest version, as the list shows it.
func latestStatus(s *scope, newest *entities.ModelVersion) *v1alpha1.LatestStatus {
	return &v1alpha1.LatestStatus{
		Version: v1alpha1.Version(newest.Version),
		Created: timeOf(int64(newest.CreationTimestamp)),
		RunID:   text.Clean(newest.RunID, maxRunID),
		URI:     fmt.Sprintf("models:/%s/%s", s.name, newest.Version),
	}
}

// stageStatus is who holds one stage: the version is what MLflow says, the rest what
// its promotion recorded of that version.
func stageStatus(s *scope, stage *v1alpha1.Stage) v1alpha1.StageStatus {
	alias := stage.EffectiveAlias()
	version := s.live.Aliases[alias]
	status := v1alpha1.StageStatus{
		Name:        stage.Name,
		Alias:       alias,
		Version:     v1alpha1.Version(version),
		URI:         fmt.Sprintf("models:/%s@%s", s.name, alias),
		MLflowStage: stage.MLflowStage,
	}
	if version != "" {
		status.VersionURI = fmt.Sprintf("models:/%s/%s", s.name, version)
		addListed(&status, s.live, version)
	}
	if p := holderOf(s.promotions, stage.Name); p != nil {
		addRecord(&status, s, p)
	}
	return status
}

// addListed adds what the list shows of the version: it has the newest of each legacy stage.
func addListed(status *v1alpha1.StageStatus, live *entities.RegisteredModel, version string) {
	for i := range live.LatestVersions {
		if listed := &live.LatestVersions[i]; listed.Version == version {
			status.Created = timeOf(int64(listed.CreationTimestamp))
			status.RunID = text.Clean(listed.RunID, maxRunID)
		}
	}
}

// maxRunID is the bound that the API sets to the id of a run.
const maxRunID = 64

// timeOf is a time of MLflow's, in milliseconds since 1970, as Kubernetes writes times.
func timeOf(milliseconds int64) *metav1.Time {
	if milliseconds == 0 {
		return nil
	}
	return new(metav1.NewTime(time.UnixMilli(milliseconds).Truncate(time.Second)))
}

// addRecord adds what a promotion knows of the version that holds the stage.
func addRecord(status *v1alpha1.StageStatus, s *scope, p *v1alpha1.ModelPromotion) {
	status.Promotion = p.Name
	record := promotion.Recorded(p.Status.History, s.live)
	if record == nil || record.Version != status.Version {
		return
	}
	status.PreviousVersion = promotion.Previous(p.Status.History)
	status.Since = &record.Time
	status.Created = timeOf(record.VersionCreationTimestamp)
	status.RunID = record.RunID
}

// holderOf is the promotion of a stage: of several, the oldest. A dry run holds nothing.
func holderOf(promotions []v1alpha1.ModelPromotion, stage v1alpha1.StageName) *v1alpha1.ModelPromotion {
	var oldest *v1alpha1.ModelPromotion
	for i := range promotions {
		p := &promotions[i]
		if p.Spec.Stage == stage && !p.IsDryRun() && (oldest == nil || kube.Older(p, oldest)) {
			oldest = p
		}
	}
	return oldest
}
