// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// ProtectedVersions maps a version that an object in the cluster needs to the reason.
type ProtectedVersions map[string]string

// FindProtected finds the versions that the promotions of a model or the gates of its stages
// need; versions are the ModelVersions that the promotions name. It includes promotions that
// are suspended or dry runs, and records of a model that was deleted and created again under
// the same name: keeping a version too many does no harm.
func FindProtected(stages []v1alpha1.Stage, promotions []v1alpha1.ModelPromotion, versions []v1alpha1.ModelVersion) ProtectedVersions {
	protected := ProtectedVersions{}
	sorted := slices.SortedFunc(slices.Values(promotions), func(a, b v1alpha1.ModelPromotion) int {
		return cmp.Compare(a.Name, b.Name)
	})
	for i := range sorted {
		protected.addPromotion(&sorted[i], versions)
	}
	for i := range stages {
		protected.addBaselines(stages[i].Gates)
	}
	return protected
}

// addPromotion protects the versions that one promotion needs: its candidate, both versions of a
// pending transition, and the current and the previous version of its history.
func (pv ProtectedVersions) addPromotion(p *v1alpha1.ModelPromotion, versions []v1alpha1.ModelVersion) {
	pv.addVersion(p.Spec.Version, "ModelPromotion %s requests it", p.Name)
	pv.addVersion(referencedVersion(p, versions), "ModelPromotion %s requests it", p.Name)
	if c := p.Status.Candidate; c != nil {
		pv.addVersion(c.Version, "ModelPromotion %s requests it", p.Name)
		pv.addVersion(c.BaselineVersion, "ModelPromotion %s compares its candidate with it", p.Name)
	}
	if t := p.Status.PendingTransition; t != nil {
		pv.addVersion(t.Version, "ModelPromotion %s is promoting it", p.Name)
		pv.addVersion(t.PreviousVersion, "ModelPromotion %s is replacing it", p.Name)
	}
	if h := p.Status.History; len(h) > 0 {
		pv.addVersion(h[0].Version, "the history of ModelPromotion %s has it as the current version", p.Name)
		pv.addVersion(h[0].PreviousVersion, "the history of ModelPromotion %s has it as the previous version", p.Name)
		pv.addVersion(promotion.PreviousVersion(h), "the history of ModelPromotion %s has it as the previous version", p.Name)
	}
	pv.addVersion(p.Status.CurrentVersion, "the status of ModelPromotion %s has it as the current version", p.Name)
	pv.addVersion(p.Status.PreviousVersion, "the status of ModelPromotion %s has it as the previous version", p.Name)
	pv.addBaselines(p.Spec.Gates)
}

// referencedVersion returns the version of the ModelVersion that a promotion names, even before
// that ModelVersion has adopted it; empty if there is none. A ModelVersion of another model
// does not count: the promotion can't use it.
func referencedVersion(p *v1alpha1.ModelPromotion, versions []v1alpha1.ModelVersion) v1alpha1.Version {
	ref := p.Spec.Reference()
	for i := range versions {
		if v := &versions[i]; ref != nil && v.Name == string(ref.Name) && v.Spec.ModelRef == p.Spec.ModelRef {
			return cmp.Or(v.Status.Version, v.Spec.Source.Version)
		}
	}
	return ""
}

// addBaselines protects the versions that comparison gates name.
func (pv ProtectedVersions) addBaselines(gates []v1alpha1.Gate) {
	for i := range gates {
		if c := gates[i].Comparison; c != nil && c.Baseline != nil {
			pv.addVersion(c.Baseline.Version, "gate %s compares with it", gates[i].Name)
		}
	}
}

// addVersion protects a version; the first reason for it remains.
func (pv ProtectedVersions) addVersion(version v1alpha1.Version, reasonFormat, name string) {
	if _, exists := pv[string(version)]; version != "" && !exists {
		pv[string(version)] = fmt.Sprintf(reasonFormat, name)
	}
}
