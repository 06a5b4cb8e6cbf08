// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// turn runs the operator with these switches until the story ends.
func turn(turned switches.Switches) {
	GinkgoHelper()
	operatorSwitches = turned
	restartOperator(plane.Config)
	DeferCleanup(func() {
		operatorSwitches = switches.Switches{}
		restartOperator(plane.Config)
	})
}

// turnOn lets the operator do all it is for again.
func turnOn() {
	GinkgoHelper()
	operatorSwitches = switches.Switches{}
	restartOperator(plane.Config)
}

var _ = Describe("With NEURONEWS_MODEL_REGISTRY_ENABLED=false", func() {
	const off = "NEURONEWS_MODEL_REGISTRY_ENABLED is false"

	It("the operator writes nothing, says what it would write, and does so once it may", func(ctx SpecContext) {
		turn(switches.Switches{ReadOnly: true})
		w := connected(ctx)
		w.registered(ctx, metrics{"accuracy": "0.91"})
		w.mlflow.Reset()
		w.apply(ctx, gated().Owner("nlp-team"))
		plan := "PlanPending: 2 differences, the first in tags/registry.mlflow-operator.io/managed-by, are listed in status.plan; " +
			"nothing is written while " + off
		m := shows(ctx, w.model(modelName), "Ready=True "+plan,
			"ConnectionReady=True Connected: the registry is read at every poll", "Synced=False "+plan)
		Expect(m.Status.Plan).To(ContainElement(v1alpha1.PlannedChange{Field: "tags/owner", Desired: "nlp-team"}))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.wouldTake(off)...)
		w.wroteNothing()

		By("asking for a write all the same")
		view, err := provider.Get(w.key())
		Expect(err).NotTo(HaveOccurred())
		Expect(view.Client().SetRegisteredModelTag(ctx, modelName, "team", "nlp")).To(MatchError(mlflow.ErrReadOnly))
		w.wroteNothing()

		By("turning it on")
		turnOn()
		shows(ctx, m, synced(modelName)...)
		shows(ctx, p, verdict{version: "1"}.holds()...)
	})

	It("no version is registered, and none is deleted with its object", func(ctx SpecContext) {
		w := modeled(ctx)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionDelete))
		turn(switches.Switches{ReadOnly: true})
		Eventually(func() bool { return provider.State(w.key()).Ready }).WithContext(ctx).Should(BeTrue())
		w.mlflow.Reset()
		run := w.run(ctx, nil)
		w.apply(ctx, builder.ModelVersion("may").Run(run))
		would := "PlanPending: runs:/" + run + "/model would be registered as a version of model sentiment; nothing is written while " + off
		shows(ctx, w.version("may"), "Ready=True "+would, "Registered=False "+would,
			"Synced=Unknown PlanPending: not known while Registered is False")
		w.remove(ctx, v)
		w.isGone(ctx, v)
		Expect(w.numbers()).To(HaveLen(1))

		By("turning it on")
		turnOn()
		shows(ctx, w.version("may"), registeredVersion("2")...)
	})

	It("an alias that another hand moves stays where it is", func(ctx SpecContext) {
		w := champion(ctx, gated(), metrics{"accuracy": "0.91"}, nil)
		turn(switches.Switches{ReadOnly: true})
		Eventually(func() bool { return provider.State(w.key()).Ready }).WithContext(ctx).Should(BeTrue())
		w.mlflow.Reset()
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.poll()
		shows(ctx, w.promotion(toProduction), verdict{version: "1", keeps: "version 2"}.wouldTake(off)...)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("2"))
		Expect(w.aliasWrites()).To(BeEmpty())
	})
})

var _ = Describe("With NEURONEWS_PERFORMANCE_GATES_ENABLED=false", func() {
	const off = "NEURONEWS_PERFORMANCE_GATES_ENABLED is false"

	It("gates on metrics are reported and keep nobody out, loudly", func(ctx SpecContext) {
		turn(switches.Switches{GatesOff: true})
		w := champion(ctx, demanding(builder.GreaterThan("f1", "0.5"), builder.Comparison("f1", v1alpha1.HigherIsBetter)),
			metrics{"f1": "0.8"}, metrics{"f1": "0.4"})
		w.promote(ctx, toProduction, "2")
		loud := verdict{version: "2"}.holds()
		for _, i := range []int{0, 2, 3} {
			loud[i] += "; not enforced: f1, beats-f1 (" + off + ")"
		}
		p := shows(ctx, w.promotion(toProduction), loud...)
		Expect(p.Status.History[0].NotEnforced).To(Equal([]string{"f1", "beats-f1"}))
		Expect(p.Status.History[1].NotEnforced).To(BeEmpty())
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "f1", Type: "Metric", Result: "Passed", Waived: "NotEnforced", Observed: "0.4", Expected: "greater than 0.5", Origin: "Stage",
			Message: w.about("2", "f1 0.4 is not greater than 0.5 (gate f1, run RUN); not enforced: "+off),
		}))
		w.tells(ctx, toProduction, firstSet,
			"Warning Promoted: alias champion of model sentiment moved from version 1 to 2; not enforced: f1, beats-f1 ("+off+")")
		var evidence promotion.Evidence
		tag := w.mlflow.Version(modelName, "2").Tags["registry.mlflow-operator.io/promotion.production"]
		Expect(json.Unmarshal([]byte(tag), &evidence)).To(Succeed())
		Expect(evidence.NotEnforced).To(BeTrue())

		By("turning it on, which demotes nobody")
		turnOn()
		lookNow(ctx, p)
		shows(ctx, p, loud...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("other gates keep versions out, and so does what can't be read", func(ctx SpecContext) {
		turn(switches.Switches{GatesOff: true})
		w := champion(ctx, demanding(builder.GreaterThan("f1", "0.5")), metrics{"f1": "0.8"}, metrics{"f1": "0.4"})
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages[0].Gates = append(m.Spec.Stages[0].Gates, builder.TagIn("reviewed", "yes"))
		})
		w.promote(ctx, toProduction, "2")
		shows(ctx, w.promotion(toProduction), verdict{
			version: "2", reason: "GateFailed", keeps: "version 1",
			because: `tag reviewed is not set, but must be one of "yes" (gate reviewed, version 2)`,
		}.stalled()...)

		Expect(w.user.SetVersionTag(ctx, modelName, "2", "reviewed", "yes")).To(Succeed())
		w.mlflow.Fail(mlflowtest.Endpoint("runs/get"), mlflowtest.ServerError())
		lookNow(ctx, w.promotion(toProduction))
		shows(ctx, w.promotion(toProduction), unread("2", w.about("2",
			"run RUN could not be read: runs/get: 500 INTERNAL_ERROR: database is locked (gate f1)"))...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))
	})
})
