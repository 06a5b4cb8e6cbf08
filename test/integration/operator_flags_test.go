// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

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
)

// setFlags runs the operator with these switches until the story ends.
func setFlags(turned featureflags.Flags) {
	GinkgoHelper()
	operatorFlags = turned
	restartOperator(controlPlane.Config)
	DeferCleanup(func() {
		operatorFlags = featureflags.Flags{}
		restartOperator(controlPlane.Config)
	})
}

// resetFlags lets the operator do all it is for again.
func resetFlags() {
	GinkgoHelper()
	operatorFlags = featureflags.Flags{}
	restartOperator(controlPlane.Config)
}

var _ = Describe("With --read-only", func() {
	const off = "--read-only is true"

	It("the operator writes nothing, says what it would write, and does so once it may", func(ctx SpecContext) {
		setFlags(featureflags.Flags{ReadOnly: true})
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.91"})
		e.mlflow.ResetCalls()
		e.createObject(ctx, newGatedModel().Owner("nlp-team"))
		plan := "PlanPending: 2 differences, the first in tags/registry.mlflow-operator.io/managed-by, are listed in status.plan; " +
			"nothing is written while " + off
		m := waitForConditions(ctx, e.modelObject(modelName), "Ready=True "+plan,
			"ConnectionReady=True Connected: the registry is read at every poll", "Synced=False "+plan)
		Expect(m.Status.Plan).To(ContainElement(v1alpha1.PlannedChange{Field: "tags/owner", Desired: "nlp-team"}))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.dryRunPassedConditions(off)...)
		e.expectNoWrites()

		By("asking for a write all the same")
		view, err := provider.Get(e.connectionKey())
		Expect(err).NotTo(HaveOccurred())
		Expect(view.Client().SetRegisteredModelTag(ctx, modelName, "team", "nlp")).To(MatchError(mlflow.ErrReadOnly))
		e.expectNoWrites()

		By("turning it on")
		resetFlags()
		waitForConditions(ctx, m, syncedConditions(modelName)...)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})

	It("no version is registered, and none is deleted with its object", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		setFlags(featureflags.Flags{ReadOnly: true})
		Eventually(func() bool { return provider.State(e.connectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		e.mlflow.ResetCalls()
		run := e.createRun(ctx, nil)
		e.createObject(ctx, builder.ModelVersion("may").Run(run))
		would := "PlanPending: runs:/" + run + "/model would be registered as a version of model sentiment; nothing is written while " + off
		waitForConditions(ctx, e.versionObject("may"), "Ready=True "+would, "Registered=False "+would,
			"Synced=Unknown PlanPending: not known while Registered is False")
		e.deleteObject(ctx, v)
		e.waitForDeleted(ctx, v)
		Expect(e.versionsBySource()).To(HaveLen(1))

		By("turning it on")
		resetFlags()
		waitForConditions(ctx, e.versionObject("may"), registeredConditions("2")...)
	})

	It("an alias that another hand moves stays where it is", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.91"}, nil)
		setFlags(featureflags.Flags{ReadOnly: true})
		Eventually(func() bool { return provider.State(e.connectionKey()).Ready }).WithContext(ctx).Should(BeTrue())
		e.mlflow.ResetCalls()
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1", currentVersion: "version 2"}.dryRunPassedConditions(off)...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("2"))
		Expect(e.listAliasWrites()).To(BeEmpty())
	})
})

var _ = Describe("With --enforce-performance-gates=false", func() {
	const off = "--enforce-performance-gates is false"

	It("gates on metrics are reported and keep nobody out, loudly", func(ctx SpecContext) {
		setFlags(featureflags.Flags{PerformanceGatesDisabled: true})
		e := newPromotedEnv(ctx, newModelWithGates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)),
			metrics{"f1": "0.8"}, metrics{"f1": "0.4"})
		e.setVersion(ctx, toProduction, "2")
		loud := expectation{version: "2"}.promotedConditions()
		for _, i := range []int{0, 2, 3} {
			loud[i] += "; not enforced: f1, beats-f1 (" + off + ")"
		}
		p := waitForConditions(ctx, e.promotionObject(toProduction), loud...)
		Expect(p.Status.History[0].NotEnforced).To(Equal([]string{"f1", "beats-f1"}))
		Expect(p.Status.History[1].NotEnforced).To(BeEmpty())
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "f1", Type: "Metric", Result: "Failed", Exemption: "FeatureFlag", Observed: "0.4", Expected: "greater than 0.5", Origin: "Stage",
			Message: e.fillPlaceholders("2", "f1 0.4 is not greater than 0.5 (gate f1, run RUN); not enforced: "+off),
		}))
		e.waitForPromotionEvents(ctx, toProduction, firstPromotedEvent,
			"Warning Promoted: alias champion of model sentiment moved from version 1 to 2; not enforced: f1, beats-f1 ("+off+")")
		var evidence promotion.Evidence
		tag := e.mlflow.Version(modelName, "2").Tags["registry.mlflow-operator.io/promotion.production"]
		Expect(json.Unmarshal([]byte(tag), &evidence)).To(Succeed())
		Expect(evidence.NotEnforced).To(BeTrue())

		By("turning it on, which demotes nobody")
		resetFlags()
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, loud...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("other gates keep versions out, and so does what can't be read", func(ctx SpecContext) {
		setFlags(featureflags.Flags{PerformanceGatesDisabled: true})
		e := newPromotedEnv(ctx, newModelWithGates(builder.GreaterThanGate("f1", "0.5")), metrics{"f1": "0.8"}, metrics{"f1": "0.4"})
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages[0].Gates = append(m.Spec.Stages[0].Gates, builder.TagGate("reviewed", "yes"))
		})
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "2", reason: "GateFailed", currentVersion: "version 1",
			detail: `tag reviewed is not set, but must be one of "yes" (gate reviewed, version 2)`,
		}.stalledConditions()...)

		Expect(e.user.SetVersionTag(ctx, modelName, "2", "reviewed", "yes")).To(Succeed())
		e.mlflow.InjectFault(mlflowtest.CallsTo("runs/get"), mlflowtest.ServerError())
		requestReconcile(ctx, e.promotionObject(toProduction))
		waitForConditions(ctx, e.promotionObject(toProduction), gateErrorConditions("2", e.fillPlaceholders("2",
			"run RUN could not be read: runs/get: 500 INTERNAL_ERROR: database is locked (gate f1)"))...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})
