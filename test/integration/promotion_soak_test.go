// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// newSoakModel is a model whose production demands some time in staging.
func newSoakModel(least v1alpha1.Duration, drift v1alpha1.DriftPolicy) *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(
		builder.Stage("staging").DriftPolicy(drift),
		builder.Stage("production").Alias("champion").PromotesFrom("staging").RequiredSoakTime(least).AllowOverrides())
}

// formatTime is a time on that day and the next, as sentences tell it.
func formatTime(t time.Time) string { return t.Format(time.RFC3339) }

// soakingOutcome is version 1, which has held staging since a time.
func soakingExpectation(since time.Time) expectation {
	return expectation{
		version: "1", reason: "Soaking", detail: "version 1 has held staging since " + formatTime(since) +
			", and must hold it for 24h without a break: until " + formatTime(since.Add(24*time.Hour)),
	}
}

var _ = Describe("A version that has to soak", func() {
	It("waits for its time, also across a restart of the operator", func(ctx SpecContext) {
		clock := useFakeClock()
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		s := waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
		Expect(s.Status.CurrentVersionSince.UTC()).To(Equal(noon))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), soakingExpectation(noon).waitingConditions()...)
		Expect(p.Status.BlockedUntil.UTC()).To(Equal(noon.Add(24 * time.Hour)))
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "required-soak-time", Type: "BuiltIn", Result: "Pending", Origin: "BuiltIn", Message: soakingExpectation(noon).detail,
			Observed: "staging since " + formatTime(noon), Expected: "held staging for 24h without a break",
		}))

		e.waitForPromotionEvents(ctx, toProduction, "Warning "+soakingExpectation(noon).blockedMessage())

		By("looking a minute too early, after a restart, which changes nothing")
		clock.SetTime(noon.Add(24*time.Hour - time.Minute))
		restartOperator(controlPlane.Config)
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, soakingExpectation(noon).waitingConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"staging=1"}))

		By("looking in time")
		clock.SetTime(noon.Add(24 * time.Hour))
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(p.Status.BlockedUntil).To(BeNil())
		Expect(e.listAliasWrites()).To(Equal([]string{"staging=1", "champion=1"}))
		e.waitForPromotionEvents(ctx, toProduction, "Warning "+soakingExpectation(noon).blockedMessage(), firstPromotedEvent)
	})

	It("begins anew when another hand has moved the alias of the stage before", func(ctx SpecContext) {
		clock := useFakeClock()
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), soakingExpectation(noon).waitingConditions()...)

		clock.SetTime(noon.Add(23 * time.Hour))
		Expect(e.user.SetAlias(ctx, modelName, "staging", "2")).To(Succeed())
		e.pollNow()
		e.waitForHistory(ctx, toStaging, "DriftReverted 1 after 2", "Promoted 1 after none")
		waitForConditions(ctx, p, soakingExpectation(noon.Add(23*time.Hour)).waitingConditions()...)
		clock.SetTime(noon.Add(46 * time.Hour))
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, soakingExpectation(noon.Add(23*time.Hour)).waitingConditions()...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(BeEmpty())

		clock.SetTime(noon.Add(47 * time.Hour))
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})

	It("begins anew when the alias comes back from a move that is only reported", func(ctx SpecContext) {
		clock := useFakeClock()
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyReport))
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), soakingExpectation(noon).waitingConditions()...)

		Expect(e.user.SetAlias(ctx, modelName, "staging", "2")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, p, expectation{
			version: "1", reason: "PrerequisiteStageMissing",
			detail: "version 1 has not held staging for 24h without a break, and no longer holds it: promote it there again",
		}.stalledConditions()...)
		Expect(p.Status.BlockedUntil).To(BeNil())
		clock.SetTime(noon.Add(23 * time.Hour))
		Expect(e.user.SetAlias(ctx, modelName, "staging", "1")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, p, soakingExpectation(noon.Add(23*time.Hour)).waitingConditions()...)
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
	})

	It("may take the stage after its successor took the one before, if it was there long enough", func(ctx SpecContext) {
		clock := useFakeClock()
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
		clock.SetTime(noon.Add(30 * time.Hour))
		e.setVersion(ctx, toStaging, "2")
		s := waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("2").promotedConditions()...)
		Expect(s.Status.History[0].PreviousVersionSince.UTC()).To(Equal(noon))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "required-soak-time", Type: "BuiltIn", Result: "Passed", Origin: "BuiltIn",
			Observed: "staging from " + formatTime(noon) + " to " + formatTime(noon.Add(30*time.Hour)), Expected: "held staging for 24h without a break",
			Message: "version 1 has held staging for at least 24h without a break",
		}))
	})

	It("is woken by the queue when its time has come, though nobody polls", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, newSoakModel("2s", v1alpha1.DriftPolicyRevert))
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		held := e.promotionObject(toStaging)
		Expect(controlPlane.Client.Get(ctx, objectKey(held), held)).To(Succeed())
		Expect(p.Status.History[0].Time.Time).To(BeTemporally(">=", held.Status.CurrentVersionSince.Add(2*time.Second)))
	})

	It("leaves the stage to the one that was promoted last, where the operator looks for versions itself", func(ctx SpecContext) {
		clock := useFakeClock()
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		p := e.createObject(ctx, builder.Promotion(toProduction).FromStage("staging")).(*v1alpha1.ModelPromotion)
		first := soakingExpectation(noon)
		first.resolution = "version 1 holds stage staging"
		waitForConditions(ctx, p, first.waitingConditions()...)
		clock.SetTime(noon.Add(24 * time.Hour))
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, expectation{version: "1", resolution: "version 1 holds stage staging"}.promotedConditions()...)

		e.setVersion(ctx, toStaging, "2")
		since := noon.Add(24 * time.Hour)
		waitForConditions(ctx, p, expectation{
			version: "2", resolution: "version 2 holds stage staging", reason: "Soaking", currentVersion: "version 1",
			detail: "version 2 has held staging since " + formatTime(since) + ", and must hold it for 24h without a break: until " +
				formatTime(since.Add(24*time.Hour)),
		}.blockedConditions()...)
		Expect(p.Status.BlockedUntil.UTC()).To(Equal(since.Add(24 * time.Hour)))

		By("rolling back, for which a trusted version need not soak again")
		clock.SetTime(noon.Add(48 * time.Hour))
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, expectation{version: "2", resolution: "version 2 holds stage staging"}.promotedConditions()...)
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[1].RequiredSoakTime = "72h" })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		editObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Version, p.Spec.VersionFrom = "1", nil })
		waitForConditions(ctx, p, expectation{version: "1", reason: "RolledBack"}.promotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(And(
			HaveField("Result", v1alpha1.GateFailed), HaveField("Exemption", v1alpha1.ExemptionTrustedRollback),
			HaveField("Message", "version 1 has not held staging for 72h without a break, and no longer holds it: promote it there again; "+
				"exempt: version 1 has held stage production before with every gate passed, so it need not soak again"))))
	})
})
