// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// setFlags restarts the operator with these feature flags, which are in effect until the story ends.
func setFlags(flags featureflags.Flags) {
	GinkgoHelper()
	env.RestartOperatorWith(func(o *env.OperatorOptions) { o.Flags = flags })
}

var _ = Describe("With --read-only", func() {
	const off = "--read-only is true"

	It("the operator plans its writes, and makes them after the flag is off", func(ctx SpecContext) {
		setFlags(featureflags.Flags{ReadOnly: true})
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.91"})
		e.MLflow.ResetCalls()
		e.CreateObject(ctx, env.NewGatedModel().Owner("nlp-team"))
		plan := "PlanPending: 2 differences, the first in tags/registry.mlflow-operator.io/managed-by, are listed in status.plan; " +
			"nothing is written while " + off
		m := e.WaitForModel(ctx, "Ready=True "+plan,
			env.ConnectionReadyLine, "Synced=False "+plan)
		Expect(m.Status.Plan).To(ContainElement(v1alpha1.PlannedChange{Field: "tags/owner", Desired: "nlp-team"}))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.DryRunPassedConditions(off)...)
		e.ExpectNoWrites()

		By("requesting a write nevertheless")
		view, err := env.Provider.Get(e.ConnectionKey())
		Expect(err).NotTo(HaveOccurred())
		Expect(view.Client().SetRegisteredModelTag(ctx, env.ModelName, "team", "nlp")).To(MatchError(mlflow.ErrReadOnly))
		e.ExpectNoWrites()

		By("turning the flag off")
		env.ResetOperator()
		env.WaitForConditions(ctx, m, env.SyncedConditions(env.ModelName)...)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("no version is registered or deleted", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		setFlags(featureflags.Flags{ReadOnly: true})
		Eventually(func() bool { return env.Provider.State(e.ConnectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		e.MLflow.ResetCalls()
		run := e.CreateRun(ctx, nil)
		e.CreateObject(ctx, builder.ModelVersion("may").Run(run))
		would := "PlanPending: runs:/" + run + "/model would be registered as a version of model sentiment; nothing is written while " + off
		env.WaitForConditions(ctx, e.VersionObject("may"), "Ready=True "+would, "Registered=False "+would,
			env.NotRegisteredLine)
		e.DeleteObject(ctx, v)
		e.WaitForDeleted(ctx, v)
		Expect(e.VersionsBySource()).To(HaveLen(1))

		By("turning the flag off")
		env.ResetOperator()
		env.WaitForConditions(ctx, e.VersionObject("may"), env.RegisteredConditions("2")...)
	})

	It("drift is not reverted", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.91"}, nil)
		setFlags(featureflags.Flags{ReadOnly: true})
		Eventually(func() bool { return env.Provider.State(e.ConnectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		e.MLflow.ResetCalls()
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.PollNow()
		e.WaitForPromotion(ctx, env.Expectation{Version: "1", CurrentVersion: "version 2"}.DryRunPassedConditions(off)...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("2"))
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})
})

var _ = Describe("With --enforce-performance-gates=false", func() {
	const off = "--enforce-performance-gates is false"

	It("gates on metrics are reported and block no version", func(ctx SpecContext) {
		setFlags(featureflags.Flags{PerformanceGatesDisabled: true})
		e := env.NewPromoted(ctx, env.NewModelWithGates(builder.GreaterThanGate("f1", "0.5"),
			builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)),
			env.Metrics{"f1": "0.8"}, env.Metrics{"f1": "0.4"})
		e.SetVersion(ctx, env.ToProduction, "2")
		loud := env.Expectation{Version: "2"}.PromotedConditions()
		for _, i := range []int{0, 2, 3} {
			loud[i] += "; not enforced: f1, beats-f1 (" + off + ")"
		}
		p := e.WaitForPromotion(ctx, loud...)
		Expect(p.Status.History[0].NotEnforced).To(Equal([]string{"f1", "beats-f1"}))
		Expect(p.Status.History[1].NotEnforced).To(BeEmpty())
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "f1", Type: "Metric", Result: "Failed", Exemption: "FeatureFlag", Observed: "0.4", Expected: "greater than 0.5", Origin: "Stage",
			Message: e.FillPlaceholders("2", "f1 0.4 is not greater than 0.5 (gate f1, run RUN); not enforced: "+off),
		}))
		e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent,
			"Warning Promoted: alias champion of model sentiment moved from version 1 to 2; not enforced: f1, beats-f1 ("+off+")")
		var evidence promotion.Evidence
		tag := e.MLflow.Version(env.ModelName, "2").Tags["registry.mlflow-operator.io/promotion.production"]
		Expect(json.Unmarshal([]byte(tag), &evidence)).To(Succeed())
		Expect(evidence.NotEnforced).To(BeTrue())

		By("enforcing the gates again, which demotes no version")
		env.ResetOperator()
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, loud...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("other gates block versions, and so do read errors", func(ctx SpecContext) {
		setFlags(featureflags.Flags{PerformanceGatesDisabled: true})
		e := env.NewPromoted(ctx, env.NewModelWithGates(builder.GreaterThanGate("f1", "0.5")), env.Metrics{"f1": "0.8"}, env.Metrics{"f1": "0.4"})
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages[0].Gates = append(m.Spec.Stages[0].Gates, builder.TagGate("reviewed", "yes"))
		})
		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
			Detail: `tag reviewed is not set, but must be one of "yes" (gate reviewed, version 2)`,
		}.StalledConditions()...)

		Expect(e.User.SetVersionTag(ctx, env.ModelName, "2", "reviewed", "yes")).To(Succeed())
		e.MLflow.InjectFault(mlflowtest.CallsTo("runs/get"), mlflowtest.ServerError())
		env.RequestReconcile(ctx, e.PromotionObject(env.ToProduction))
		e.WaitForPromotion(ctx, env.GateErrorConditions("2", e.FillPlaceholders("2",
			"run RUN could not be read: runs/get: 500 INTERNAL_ERROR: database is locked (gate f1)"))...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})
