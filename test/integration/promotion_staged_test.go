// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// listMLflowStages are MLflow's own stages of the versions.
func (e *env) listMLflowStages(versions ...string) []string {
	var stages []string
	for _, version := range versions {
		stages = append(stages, e.mlflow.Version(modelName, version).CurrentStage)
	}
	return stages
}

var _ = Describe("A model with staging and production", func() {
	It("takes a version through both, and MLflow's own stages with it", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newStagedModel())

		By("promoting the first version")
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
		Expect(e.listMLflowStages("1", "2")).To(Equal([]string{"Staging", "None"}))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(e.listMLflowStages("1", "2")).To(Equal([]string{"Production", "None"}))

		By("promoting its successor")
		e.setVersion(ctx, toStaging, "2")
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("2").promotedConditions()...)
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
		Expect(e.listMLflowStages("1", "2")).To(Equal([]string{"Archived", "Production"}))
		Expect(e.listAliasWrites()).To(Equal([]string{"staging=1", "champion=1", "staging=2", "champion=2"}))
	})

	It("refuses a version that skipped staging, until it was there", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, newStagedModel())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "PrerequisiteStageMissing",
			detail: "version 1 was never promoted to staging: promote it there first",
		}.stalledConditions()...)
		Expect(e.listAliasWrites()).To(BeEmpty())

		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"staging=1", "champion=1"}))
	})

	It("does not move the version in production back to staging", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newStagedModel())
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.setVersion(ctx, toStaging, "2")
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("2").promotedConditions()...)

		e.setVersion(ctx, toStaging, "1")
		waitForConditions(ctx, e.promotionObject(toStaging), expectation{
			version: "1", stage: "staging", reason: "DemotionNotAllowed", currentVersion: "version 2",
			detail: "version 1 holds the later stage production and can't go back to staging: " +
				"promote another version to production first",
		}.stalledConditions()...)
		Expect(e.mlflow.Alias(modelName, "staging")).To(Equal("2"))

		By("letting another version take production, which clears the way")
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
		back := stagingExpectation("1")
		back.reason = "RolledBack"
		waitForConditions(ctx, e.promotionObject(toStaging), back.promotedConditions()...)
		Expect(e.listMLflowStages("1", "2")).To(Equal([]string{"Staging", "Production"}))
	})
})

// These are the conditions of a promotion that has what it wants.
func promotedConditions(version, stage, alias string) []string {
	holds := "version " + version + " holds stage " + stage + " as alias " + alias + " of model " + modelName
	return []string{
		"Ready=True Promoted: " + holds,
		"CandidateResolved=True Succeeded: version " + version + " is wanted",
		"GatesPassed=True Succeeded: every gate passed for version " + version + " when it was last evaluated",
		"Promoted=True Promoted: " + holds,
	}
}

var _ = Describe("A first promotion", func() {
	It("gives the stage to a version that passes", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.91"})
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion("to-production").Version("1"))

		p := waitForConditions(ctx, e.promotionObject("to-production"), promotedConditions("1", "production", "champion")...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
		Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("1")))
		Expect(p.Status.URI).To(Equal("models:/sentiment@champion"))
		Expect(p.Status.History).To(HaveLen(1))
		Expect(p.Status.History[0].Reason).To(Equal(v1alpha1.PromotionReasonPromoted))
	})
})
