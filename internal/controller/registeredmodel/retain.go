// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/retention"
)

// retain looks after the versions that nothing keeps. After it, they are archived or
// deleted, or as many as one pass does and the next one follows; or, in Observe mode, it is
// known which they would be. The versions are listed only when one may have become due.
func (r *Reconciler) retain(ctx context.Context, s *scope) outcome.Outcome {
	status := &s.object.Status
	if s.inherited.Retention == nil || s.live == nil {
		status.Versions = nil
		return outcome.Done()
	}
	protected, ended := protect(ctx, r.Client, s, s.promotions)
	if !ended.IsDone() {
		s.pending = append(s.pending, planStanding(s.before.Plan)...)
		return ended
	}
	situation := s.situation(protected)
	digest := situation.Digest()
	if status.Versions != nil && status.Versions.CheckedFor == digest && !s.requested {
		s.pending = append(s.pending, planStanding(s.before.Plan)...)
		return outcome.Done()
	}
	versions, ended := listVersions(ctx, s)
	if !ended.IsDone() {
		s.pending = append(s.pending, planStanding(s.before.Plan)...)
		return ended
	}
	plan := retention.NewPlan(situation, versions)
	status.Versions = counted(plan)
	if len(plan.Due()) > 0 && !s.observes() {
		return r.dispose(ctx, s, versions)
	}
	s.pending = append(s.pending, planDisposal(plan)...)
	status.Versions.CheckedFor = digest
	return outcome.Done()
}

// protect finds the versions that something in the cluster needs. The ModelVersions that
// promotions name are read where the promotions were.
func protect(
	ctx context.Context, reader client.Reader, s *scope, promotions []v1alpha1.ModelPromotion,
) (retention.Protected, outcome.Outcome) {
	versions, err := kube.VersionsNamed(ctx, reader, promotions)
	if err != nil {
		return nil, outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	return retention.Protect(s.stages, promotions, versions), outcome.Done()
}

// situation is what the retention depends on, as the pass sees it.
func (s *scope) situation(protected retention.Protected) retention.Situation {
	return retention.Situation{
		Policy:    *s.inherited.Retention,
		Model:     s.live,
		Protected: protected,
		Observed:  s.observes(),
	}
}

const (
	// versionPage is one request for nearly every model: a version is about 1 KB.
	versionPage = 1000
	// maxVersionPages bounds what a server can make the operator hold.
	maxVersionPages = 100
)

// listVersions reads all versions of the model, each once.
func listVersions(ctx context.Context, s *scope) ([]*entities.ModelVersion, outcome.Outcome) {
	filter, err := mlflow.FilterEquals("name", s.name)
	if err != nil {
		return nil, outcome.Stall(v1alpha1.ReasonRequestRefused, fmt.Sprintf(
			"the versions of model %s can't be listed for its retention, remove it: %v", s.name, err))
	}
	request := mlflow.SearchRequest{Filter: filter, MaxResults: versionPage}
	seen := map[string]*entities.ModelVersion{}
	for range maxVersionPages {
		page, err := s.view.Client().SearchModelVersions(ctx, request)
		if err != nil {
			return nil, outcome.Request(err)
		}
		for _, v := range page.ModelVersions {
			// Some databases take names that differ in case for the same.
			if v.Name == s.name {
				seen[v.Version] = v
			}
		}
		if page.NextPageToken == "" {
			return slices.Collect(maps.Values(seen)), outcome.Done()
		}
		request.PageToken = page.NextPageToken
	}
	return nil, outcome.Stall(v1alpha1.ReasonRequestRefused, fmt.Sprintf(
		"model %s has more than %d versions, too many for its retention: remove it, or delete some", s.name, maxVersionPages*versionPage))
}

func counted(plan retention.Plan) *v1alpha1.VersionsStatus {
	count := &v1alpha1.VersionsStatus{}
	for _, d := range plan.Decisions {
		count.Total++
		if d.Version.CurrentStage == entities.StageArchived {
			count.Archived++
		}
	}
	return count
}

const (
	// versionField begins the fields of status.plan that speak of versions.
	versionField = "versions/"
	// maxPlannedVersions is the bound that the API names.
	maxPlannedVersions = 100
)

// planDisposal is what Observe mode leaves undone.
func planDisposal(plan retention.Plan) []v1alpha1.PlannedChange {
	due := plan.Due()
	due = due[:min(len(due), maxPlannedVersions)]
	changes := make([]v1alpha1.PlannedChange, 0, len(due))
	for _, d := range due {
		desired := ""
		if d.Action == retention.Archive {
			desired = entities.StageArchived
		}
		changes = append(changes, plannedChange(versionField+d.Version.Version, d.Version.CurrentStage, desired))
	}
	return changes
}

// planStanding is the part of the last plan that speaks of versions: it holds as long as
// they need not be listed again.
func planStanding(plan []v1alpha1.PlannedChange) []v1alpha1.PlannedChange {
	return slices.DeleteFunc(slices.Clone(plan), func(p v1alpha1.PlannedChange) bool {
		return !strings.HasPrefix(p.Field, versionField)
	})
}
