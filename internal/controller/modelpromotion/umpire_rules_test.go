// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// isOverridden tells whether a person has overridden a gate, and may.
func (g *game) isOverridden(stage *v1alpha1.Stage, version, gate string) bool {
	p := g.pass.promotion
	o := p.Spec.Override
	if o == nil || stage.Overrides != v1alpha1.OverridesAllow || string(o.Version) != version || !slices.Contains(o.Gates, gate) {
		return false
	}
	for _, name := range o.Gates {
		if !slices.Contains(g.gatesOf(stage), name) {
			return false
		}
	}
	bound := p.Status.Override
	return bound == nil || bound.Generation != p.Generation ||
		bound.ModelCreationTimestamp == int64(g.mlflow.Model(sentiment).CreationTimestamp)
}

func (g *game) gatesOf(stage *v1alpha1.Stage) []string {
	names := []string{"version-ready", "not-backward"}
	for _, gate := range slices.Concat(stage.Gates, g.pass.promotion.Spec.Gates) {
		names = append(names, gate.Name)
	}
	if len(stage.PromotesFrom) > 0 {
		names = append(names, "promotes-from")
	}
	if stage.MinSoak != "" {
		names = append(names, "min-soak")
	}
	return names
}

// stay is an artifact that holds staging.
type stay struct {
	artifact string
	since    time.Time
}

// artifact tells one version from another with its number; empty for none.
func (g *game) artifact(version string) string {
	v := g.mlflow.Version(sentiment, version)
	if version == "" || v == nil {
		return ""
	}
	return fmt.Sprintf("%s of %d", version, v.CreationTimestamp)
}

// timePasses lets half a day pass, and a little, in which nothing happens, after everybody
// has looked at what there is. Time passes nowhere else.
func (g *game) timePasses() {
	const some = 13 * time.Hour
	g.heal()
	for range 2 {
		g.turn("poll", "model", "staging", "production")
	}
	holder := g.artifact(g.holders()["staging"])
	if holder != g.stay.artifact {
		g.stay = stay{artifact: holder, since: g.clock.Now()}
	}
	g.note("half a day passes")
	g.world.pass(some)
	g.longest[holder] = max(g.longest[holder], g.clock.Now().Sub(g.stay.since))
}
