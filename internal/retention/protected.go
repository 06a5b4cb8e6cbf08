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

// ProtectedVersions are versions that something in the cluster needs, and why.
type ProtectedVersions map[string]string

// FindProtected finds the versions that the promotions of a model need, or the gates of its
// stages; versions are the ModelVersions that the promotions name. It asks neither whether a
// promotion is suspended or a dry run, nor of which incarnation of the model its history or a
// ModelVersion speaks: to keep a version too many does no harm.
func FindProtected(stages []v1alpha1.Stage, promotions []v1alpha1.ModelPromotion, versions []v1alpha1.ModelVersion) ProtectedVersions {
	all := ProtectedVersions{}
	sorted := slices.SortedFunc(slices.Values(promotions), func(a, b v1alpha1.ModelPromotion) int {
		return cmp.Compare(a.Name, b.Name)
	})
	for i := range sorted {
		all.addPromotion(&sorted[i], versions)
	}
	for i := range stages {
		all.addBaselines(stages[i].Gates)
	}
	return all
}

// addPromotion protects what one promotion needs: what it wants, what it is moving, and the two that
// its history shows as holding the stage and as having held it before.
func (all ProtectedVersions) addPromotion(p *v1alpha1.ModelPromotion, versions []v1alpha1.ModelVersion) {
	all.addVersion(p.Spec.Version, "ModelPromotion %s wants it", p.Name)
	all.addVersion(referencedVersion(p, versions), "ModelPromotion %s wants it", p.Name)
	if c := p.Status.Candidate; c != nil {
		all.addVersion(c.Version, "ModelPromotion %s wants it", p.Name)
		all.addVersion(c.BaselineVersion, "ModelPromotion %s compares its candidate with it", p.Name)
	}
	if u := p.Status.PendingTransition; u != nil {
		all.addVersion(u.Version, "ModelPromotion %s is moving its stage to it", p.Name)
		all.addVersion(u.PreviousVersion, "ModelPromotion %s is moving its stage away from it", p.Name)
	}
	if h := p.Status.History; len(h) > 0 {
		all.addVersion(h[0].Version, "the history of ModelPromotion %s shows it as the current version", p.Name)
		all.addVersion(h[0].PreviousVersion, "the history of ModelPromotion %s shows it as the previous version", p.Name)
		all.addVersion(promotion.PreviousVersion(h), "the history of ModelPromotion %s shows it as the previous version", p.Name)
	}
	all.addVersion(p.Status.CurrentVersion, "ModelPromotion %s shows it as the current version", p.Name)
	all.addVersion(p.Status.PreviousVersion, "ModelPromotion %s shows it as the previous version", p.Name)
	all.addBaselines(p.Spec.Gates)
}

// referencedVersion is the version of the ModelVersion that a promotion names, one that is still to be
// adopted included; empty where there is none. One of another model is none that the
// promotion may take.
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
func (all ProtectedVersions) addBaselines(gates []v1alpha1.Gate) {
	for i := range gates {
		if c := gates[i].Comparison; c != nil && c.Baseline != nil {
			all.addVersion(c.Baseline.Version, "gate %s compares with it", gates[i].Name)
		}
	}
}

// addVersion keeps the first reason.
func (all ProtectedVersions) addVersion(version v1alpha1.Version, why, who string) {
	if _, there := all[string(version)]; version != "" && !there {
		all[string(version)] = fmt.Sprintf(why, who)
	}
}
