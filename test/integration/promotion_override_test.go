// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const overrideReason = "f1 was computed on the wrong split, see INC-142"

// overridable is a model whose production demands an f1 over 0.5, and lets that be overridden.
func overridable() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThan("f1", "0.5")).AllowOverrides())
}

// overrides asks for a version, and for these gates to be overridden for one.
func (w *world) overrides(ctx SpecContext, wanted, version v1alpha1.Version, gates ...string) {
	GinkgoHelper()
	edit(ctx, w.promotion(toProduction), func(p *v1alpha1.ModelPromotion) {
		p.Spec.Version, p.Spec.Override = wanted, &v1alpha1.Override{Version: version, Gates: gates, Reason: overrideReason}
	})
}

// holdsOverridden are the conditions of a version that has the stage by an override.
func (v verdict) holdsOverridden(gates string) []string {
	lines := v.holds()
	for i := range lines {
		if i != 1 {
			lines[i] += "; overridden: " + gates + " (" + overrideReason + ")"
		}
	}
	return lines
}

var _ = Describe("An override", func() {
	It("lets one version in that a gate refuses, and leaves its traces", func(ctx SpecContext) {
		w := champion(ctx, overridable(), metrics{"f1": "0.8"}, metrics{"f1": "0.4"})
		w.overrides(ctx, "2", "2", "f1")
		p := shows(ctx, w.promotion(toProduction), verdict{version: "2"}.holdsOverridden("f1")...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
		Expect(history(p)).To(Equal([]string{"Overridden 2 after 1", "Promoted 1 after none"}))
		Expect(p.Status.History[0].Override).To(Equal(&v1alpha1.OverrideRecord{Gates: []string{"f1"}, Reason: overrideReason}))
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "f1", Type: "Metric", Result: "Passed", Waived: "Overridden", Observed: "0.4", Expected: "greater than 0.5", Origin: "Stage",
			Message: w.about("2", "f1 0.4 is not greater than 0.5 (gate f1, run RUN); overridden: "+overrideReason),
		}))
		Expect(p.Status.Comparison).To(Equal([]v1alpha1.MetricChange{
			{Metric: "f1", Current: "0.8", Candidate: "0.4", AbsoluteChange: "-0.4", RelativeChange: "-0.5"},
		}))
		w.tells(ctx, toProduction, firstSet,
			"Warning Overridden: alias champion of model sentiment moved from version 1 to 2; overridden: f1 ("+overrideReason+")")
		var evidence promotion.Evidence
		tag := w.mlflow.Version(modelName, "2").Tags["registry.mlflow-operator.io/promotion.production"]
		Expect(json.Unmarshal([]byte(tag), &evidence)).To(Succeed())
		Expect(evidence.Override).To(Equal(&promotion.OverrideEvidence{Gates: []string{"f1"}, Reason: overrideReason}))
		Expect(evidence.Gates).To(ContainElement(promotion.GateEvidence{
			Name: "f1", Result: "Passed", Waived: "Overridden", Observed: "0.4", Expected: "greater than 0.5",
		}))

		By("taking it away, which demotes nobody")
		edit(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Override = nil })
		shows(ctx, p, verdict{version: "2"}.holdsOverridden("f1")...)
		Expect(p.Status.Override).To(BeNil())

		By("wanting another version")
		w.promote(ctx, toProduction, "1")
		shows(ctx, p, verdict{version: "1", reason: "RolledBack"}.holds()...)
	})

	DescribeTable("does not count, and says so",
		func(ctx SpecContext, model *builder.ModelBuilder, version v1alpha1.Version, gates []string, void string) {
			w := champion(ctx, model, metrics{"f1": "0.8"}, metrics{"f1": "0.4"})
			w.overrides(ctx, "2", version, gates...)
			shows(ctx, w.promotion(toProduction), verdict{
				version: "2", reason: "GateFailed", keeps: "version 1",
				because: w.about("2", "f1 0.4 is not greater than 0.5 (gate f1, run RUN)") + void,
			}.stalled()...)
			Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))
		},
		Entry("for another version", overridable(), v1alpha1.Version("1"), []string{"f1"},
			"; the override is for version 1 and does not count"),
		Entry("where the stage forbids it", demanding(builder.GreaterThan("f1", "0.5")), v1alpha1.Version("2"), []string{"f1"},
			"; the override does not count: stage production says overrides: Forbid"),
		Entry("where it names a gate that is none", overridable(), v1alpha1.Version("2"), []string{"f1", "f2"},
			"; the override does not count: it names f2, which is no gate of this promotion"),
	)

	It("lets a version in before it has soaked", func(ctx SpecContext) {
		stopTheClock()
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, soaked("24h", v1alpha1.DriftRevert))
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), soaking(noon).waits()...)
		w.overrides(ctx, "1", "1", "min-soak")
		shows(ctx, p, verdict{version: "1"}.holdsOverridden("min-soak")...)
		Expect(p.Status.BlockedUntil).To(BeNil())
	})

	It("is shown by a dry run", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, metrics{"f1": "0.4"})
		w.apply(ctx, overridable())
		w.apply(ctx, builder.Promotion(toProduction).Version("1").Override("1", overrideReason, "f1").DryRun())
		would := verdict{version: "1"}.wouldTake("mode is DryRun")
		would[2] += "; overridden: f1 (" + overrideReason + ")"
		shows(ctx, w.promotion(toProduction), would...)
		Expect(w.aliasWrites()).To(BeEmpty())
	})
})
