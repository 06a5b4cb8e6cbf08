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
func (g *simulation) isOverridden(stage *v1alpha1.Stage, version, gate string) bool {
	p := g.inputs.promotion
	o := p.Spec.Override
	if o == nil || stage.OverridePolicy != v1alpha1.OverridePolicyAllow || string(o.Version) != version || !slices.Contains(o.Gates, gate) {
		return false
	}
	for _, name := range o.Gates {
		if !slices.Contains(g.listGateNames(stage), name) {
			return false
		}
	}
	bound := p.Status.Override
	return bound == nil || bound.Generation != p.Generation ||
		bound.ModelCreationTimestamp == int64(g.mlflow.Model(sentiment).CreationTimestamp)
}

func (g *simulation) listGateNames(stage *v1alpha1.Stage) []string {
	names := []string{"version-ready", "not-backward"}
	for _, gate := range slices.Concat(stage.Gates, g.inputs.promotion.Spec.Gates) {
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
func (g *simulation) artifactID(version string) string {
	v := g.mlflow.Version(sentiment, version)
	if version == "" || v == nil {
		return ""
	}
	return fmt.Sprintf("%s of %d", version, v.CreationTimestamp)
}

// advanceHalfDay lets half a day pass, and a little, in which nothing happens, after everybody
// has looked at what there is. Time passes nowhere else.
func (g *simulation) advanceHalfDay() {
	const some = 13 * time.Hour
	g.clearFaults()
	for range 2 {
		g.runSteps("poll", "model", "staging", "production")
	}
	holder := g.artifactID(g.currentVersions()["staging"])
	if holder != g.stagingTenure.artifact {
		g.stagingTenure = tenure{artifact: holder, since: g.clock.Now()}
	}
	g.logStep("half a day passes")
	g.env.advanceClock(some)
	g.longestTenures[holder] = max(g.longestTenures[holder], g.clock.Now().Sub(g.stagingTenure.since))
}
