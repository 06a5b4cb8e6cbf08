// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"fmt"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// isOverridden tells whether a person has overridden a gate, and may.
func (s *simulation) isOverridden(stage *v1alpha1.Stage, version, gate string) bool {
	p := s.inputs.promotion
	o := p.Spec.Override
	if o == nil || stage.OverridePolicy != v1alpha1.OverridePolicyAllow || string(o.Version) != version || !slices.Contains(o.Gates, gate) {
		return false
	}
	for _, name := range o.Gates {
		if !slices.Contains(s.listGateNames(stage), name) {
			return false
		}
	}
	bound := p.Status.Override
	return bound == nil || bound.Generation != p.Generation ||
		bound.ModelCreationTimestamp == int64(s.mlflow.Model(sentiment).CreationTimestamp)
}

func (s *simulation) listGateNames(stage *v1alpha1.Stage) []string {
	names := []string{"version-ready", "not-backward"}
	for _, gate := range slices.Concat(stage.Gates, s.inputs.promotion.Spec.Gates) {
		names = append(names, gate.Name)
	}
	if len(stage.PromotesFrom) > 0 {
		names = append(names, "promotes-from")
	}
	if stage.RequiredSoakTime != "" {
		names = append(names, "required-soak-time")
	}
	return names
}

// tenure is an artifact that holds staging.
type tenure struct {
	artifact string
	since    time.Time
}

// artifactID tells one version from another with its number; empty for none.
func (s *simulation) artifactID(version string) string {
	v := s.mlflow.Version(sentiment, version)
	if version == "" || v == nil {
		return ""
	}
	return fmt.Sprintf("%s of %d", version, v.CreationTimestamp)
}

// advanceHalfDay lets half a day pass, and a little, in which nothing happens, after everybody
// has looked at what there is. Time passes nowhere else.
func (s *simulation) advanceHalfDay() {
	const some = 13 * time.Hour
	s.clearFaults()
	for range 2 {
		s.runSteps("poll", "model", "staging", "production")
	}
	holder := s.artifactID(s.currentVersions()["staging"])
	if holder != s.stagingTenure.artifact {
		s.stagingTenure = tenure{artifact: holder, since: s.clock.Now()}
	}
	s.logStep("half a day passes")
	s.env.advanceClock(some)
	s.longestTenures[holder] = max(s.longestTenures[holder], s.clock.Now().Sub(s.stagingTenure.since))
}
