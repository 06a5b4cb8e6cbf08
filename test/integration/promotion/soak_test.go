// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// newSoakModel returns a model whose production requires some time in staging.
func newSoakModel(least v1alpha1.Duration, drift v1alpha1.DriftPolicy) *builder.ModelBuilder {
	return builder.RegisteredModel(env.ModelName).Stages(
		builder.Stage("staging").DriftPolicy(drift),
		builder.Stage("production").Alias("champion").PromotesFrom("staging").RequiredSoakTime(least).AllowOverrides())
}

// formatTime formats a time as messages do.
func formatTime(t time.Time) string { return t.Format(time.RFC3339) }

// soakingExpectation is the status of version 1 while it soaks in staging.
func soakingExpectation(since time.Time) env.Expectation {
	return env.Expectation{
		Version: "1", Reason: "Soaking", Detail: "version 1 has held staging since " + formatTime(since) +
			", and must hold it for 24h without a break: until " + formatTime(since.Add(24*time.Hour)),
	}
}

// soakRequirement is what the soak gate expects.
const soakRequirement = "held staging for 24h without a break"

var _ = Describe("A version that has to soak", func() {
	It("waits for the soak time, even across a restart of the operator", func(ctx SpecContext) {
		clock := env.UseFakeClock()
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		s := env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
		Expect(s.Status.CurrentVersionSince.UTC()).To(Equal(env.Noon))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, soakingExpectation(env.Noon).WaitingConditions()...)
		Expect(p.Status.BlockedUntil.UTC()).To(Equal(env.Noon.Add(24 * time.Hour)))
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "required-soak-time", Type: "BuiltIn", Result: "Pending", Origin: "BuiltIn", Message: soakingExpectation(env.Noon).Detail,
			Observed: "staging since " + formatTime(env.Noon), Expected: soakRequirement,
		}))

		e.WaitForPromotionEvents(ctx, env.ToProduction, "Warning "+soakingExpectation(env.Noon).BlockedMessage())

		By("reconciling a minute too early, after a restart")
		clock.SetTime(env.Noon.Add(24*time.Hour - time.Minute))
		env.RestartOperator(env.ControlPlane.Config)
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, soakingExpectation(env.Noon).WaitingConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"staging=1"}))

		By("reconciling at the end of the soak time")
		clock.SetTime(env.Noon.Add(24 * time.Hour))
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.BlockedUntil).To(BeNil())
		Expect(e.ListAliasWrites()).To(Equal([]string{"staging=1", "champion=1"}))
		e.WaitForPromotionEvents(ctx, env.ToProduction, "Warning "+soakingExpectation(env.Noon).BlockedMessage(), env.FirstPromotedEvent)
	})

	It("starts to soak again after drift of the previous stage", func(ctx SpecContext) {
		clock := env.UseFakeClock()
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, soakingExpectation(env.Noon).WaitingConditions()...)

		clock.SetTime(env.Noon.Add(23 * time.Hour))
		Expect(e.User.SetAlias(ctx, env.ModelName, "staging", "2")).To(Succeed())
		e.PollNow()
		e.WaitForHistory(ctx, env.ToStaging, "DriftReverted 1 after 2", "Promoted 1 after none")
		env.WaitForConditions(ctx, p, soakingExpectation(env.Noon.Add(23*time.Hour)).WaitingConditions()...)
		clock.SetTime(env.Noon.Add(46 * time.Hour))
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, soakingExpectation(env.Noon.Add(23*time.Hour)).WaitingConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(BeEmpty())

		clock.SetTime(env.Noon.Add(47 * time.Hour))
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("starts to soak again after drift that is only reported", func(ctx SpecContext) {
		clock := env.UseFakeClock()
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyReport))
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, soakingExpectation(env.Noon).WaitingConditions()...)

		Expect(e.User.SetAlias(ctx, env.ModelName, "staging", "2")).To(Succeed())
		e.PollNow()
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "1", Reason: "PrerequisiteStageMissing",
			Detail: "version 1 has not held staging for 24h without a break, and no longer holds it: promote it there again",
		}.StalledConditions()...)
		Expect(p.Status.BlockedUntil).To(BeNil())
		clock.SetTime(env.Noon.Add(23 * time.Hour))
		Expect(e.User.SetAlias(ctx, env.ModelName, "staging", "1")).To(Succeed())
		e.PollNow()
		env.WaitForConditions(ctx, p, soakingExpectation(env.Noon.Add(23*time.Hour)).WaitingConditions()...)
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
	})

	It("can be promoted after its successor took the previous stage, if it soaked long enough", func(ctx SpecContext) {
		clock := env.UseFakeClock()
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
		clock.SetTime(env.Noon.Add(30 * time.Hour))
		e.SetVersion(ctx, env.ToStaging, "2")
		s := env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("2").PromotedConditions()...)
		Expect(s.Status.History[0].PreviousVersionSince.UTC()).To(Equal(env.Noon))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "required-soak-time", Type: "BuiltIn", Result: "Passed", Origin: "BuiltIn",
			Observed: "staging from " + formatTime(env.Noon) + " to " + formatTime(env.Noon.Add(30*time.Hour)), Expected: soakRequirement,
			Message: "version 1 has held staging for at least 24h without a break",
		}))
	})

	It("is reconciled at the end of its soak time without a poll", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, newSoakModel("2s", v1alpha1.DriftPolicyRevert))
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		held := e.PromotionObject(env.ToStaging)
		Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(held), held)).To(Succeed())
		Expect(p.Status.History[0].Time.Time).To(BeTemporally(">=", held.Status.CurrentVersionSince.Add(2*time.Second)))
	})

	It("is not replaced by an older version if the promotion selects the latest version", func(ctx SpecContext) {
		clock := env.UseFakeClock()
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, newSoakModel("24h", v1alpha1.DriftPolicyRevert))
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		p := e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromStage("staging")).(*v1alpha1.ModelPromotion)
		first := soakingExpectation(env.Noon)
		first.Resolution = "version 1 holds stage staging"
		env.WaitForConditions(ctx, p, first.WaitingConditions()...)
		clock.SetTime(env.Noon.Add(24 * time.Hour))
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1", Resolution: "version 1 holds stage staging"}.PromotedConditions()...)

		e.SetVersion(ctx, env.ToStaging, "2")
		since := env.Noon.Add(24 * time.Hour)
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "2", Resolution: "version 2 holds stage staging", Reason: "Soaking", CurrentVersion: "version 1",
			Detail: "version 2 has held staging since " + formatTime(since) + ", and must hold it for 24h without a break: until " +
				formatTime(since.Add(24*time.Hour)),
		}.BlockedConditions()...)
		Expect(p.Status.BlockedUntil.UTC()).To(Equal(since.Add(24 * time.Hour)))

		By("rolling back, for which a trusted version does not soak again")
		clock.SetTime(env.Noon.Add(48 * time.Hour))
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2", Resolution: "version 2 holds stage staging"}.PromotedConditions()...)
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[1].RequiredSoakTime = "72h" })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		env.EditObject(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Version, p.Spec.VersionFrom = "1", nil })
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1", Reason: "RolledBack"}.PromotedConditions()...)
		Expect(p.Status.Gates).To(ContainElement(And(
			HaveField("Result", v1alpha1.GateFailed), HaveField("Exemption", v1alpha1.ExemptionTrustedRollback),
			HaveField("Message", "version 1 has not held staging for 72h without a break, and no longer holds it: promote it there again; "+
				"exempt: version 1 has held stage production before with every gate passed, so it need not soak again"))))
	})
})
