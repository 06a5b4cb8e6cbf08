// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package version

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// registeredByMessage is the message of a candidate that comes from a ModelVersion.
func registeredByMessage(version, name string) string {
	return "ModelVersion " + name + " registered version " + version
}

var _ = Describe("A promotion of a ModelVersion", func() {
	It("waits for the registration, and promotes its version", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion(env.April))
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "VersionNotFound", "there is no ModelVersion april: create it")...)
		e.MLflow.SetNewVersionStatus("PENDING_REGISTRATION", "")
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(e.CreateRun(ctx, env.Metrics{"accuracy": "0.9"})))
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "VersionNotReady", "ModelVersion april is not registered: "+
			"version 1 of model sentiment is still being registered (PENDING_REGISTRATION)")...)
		e.MLflow.SetVersionStatus(env.ModelName, "1", "READY", "")
		e.PollNow()
		e.WaitForPromotion(ctx, env.Expectation{Version: "1", Resolution: registeredByMessage("1", env.April)}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))

		By("selecting the next one, which does not exist yet: the stage keeps its version")
		e.EditPromotion(ctx, func(p *v1alpha1.ModelPromotion) {
			p.Spec.VersionFrom = &v1alpha1.VersionFrom{ModelVersionRef: &v1alpha1.LocalReference{Name: "may"}}
		})
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "VersionNotFound", "there is no ModelVersion may: create it")...)
		e.MLflow.SetNewVersionStatus("", "")
		e.CreateObject(ctx, builder.ModelVersion("may").Run(e.CreateRun(ctx, env.Metrics{"accuracy": "0.91"})))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "2", Resolution: registeredByMessage("2", "may")}.PromotedConditions()...)
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 2 after 1", "Promoted 1 after none"}))
		e.WaitForStageSummary(ctx, "production=2")
		Eventually(func(g Gomega) {
			for name, stages := range map[string][]v1alpha1.StageName{env.April: nil, "may": {"production"}} {
				v := e.VersionObject(name)
				g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v)).To(Succeed())
				g.Expect(v.Status.Stages).To(Equal(stages))
			}
		}).WithContext(ctx).Should(Succeed())
	})

	It("evaluates it like a version that is named: one that is blocked is Stalled", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewModelWithGates(newVersionTagGate("human_rating", "4")))
		e.CreateObject(ctx, builder.ModelVersion("bad").Run(e.CreateRun(ctx, nil)).Metric("human_rating", "3.5"))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion("bad"))
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "GateFailed", Resolution: registeredByMessage("1", "bad"),
			Detail: "human_rating 3.5 is not greater than 4 (gate human-rating, tag human_rating of version 1)",
		}.StalledConditions()...)
		e.CreateObject(ctx, builder.ModelVersion("good").Run(e.CreateRun(ctx, nil)).Metric("human_rating", "4.50"))
		e.EditPromotion(ctx, func(p *v1alpha1.ModelPromotion) { p.Spec.VersionFrom.ModelVersionRef.Name = "good" })
		e.WaitForPromotion(ctx, env.Expectation{Version: "2", Resolution: registeredByMessage("2", "good")}.PromotedConditions()...)
	})

	It("does not accept a declared tag as a metric", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.ModelVersion(env.April).Run(e.CreateRun(ctx, nil)).Metric("accuracy", "0.99"))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion(env.April))
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "GateFailed", Resolution: registeredByMessage("1", env.April),
			Detail: e.FillPlaceholders("1", env.MissingMetricMessage),
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})

	It("does not promote a version of another model", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateObject(ctx, builder.RegisteredModel("other"))
		e.CreateObject(ctx, builder.ModelVersion("others").Model("other").URI("s3://models/other"))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion("others"))
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "VersionNotFound",
			"ModelVersion others is of RegisteredModel other, not of sentiment: name one of the same model")...)
	})

	It("reports that its version was deleted", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion(env.April))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1", Resolution: registeredByMessage("1", env.April)}.PromotedConditions()...)
		Expect(e.User.DeleteVersion(ctx, env.ModelName, "1")).To(Succeed())
		e.PollNow()
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "VersionNotReady", "ModelVersion april is not registered: "+
			"version 1 of model sentiment was deleted in MLflow: it is not registered again, create another ModelVersion for a new one")...)
	})

	It("promotes a version whose object is suspended", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April))
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) { v.Spec.Suspend = new(true) })
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion(env.April))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1", Resolution: registeredByMessage("1", env.April)}.PromotedConditions()...)
	})
})

// newVersionTagGate returns a gate on a number in a tag of the version.
func newVersionTagGate(key string, threshold v1alpha1.Decimal) v1alpha1.Gate {
	gate := builder.GreaterThanGate(key, threshold)
	gate.Metric.Source = v1alpha1.MetricSourceVersionTag
	return gate
}

var _ = Describe("Versions without changes", func() {
	It("cause no requests except polls, even if they are not the newest", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		for _, name := range []string{"a", "b", "c"} {
			e.CreateObject(ctx, builder.ModelVersion(name).Run(e.CreateRun(ctx, nil)).Tag("name", v1alpha1.TagValue(name)).Description(name))
		}
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromModelVersion("a"))
		Eventually(func(g Gomega) {
			g.Expect(e.MLflow.Alias(env.ModelName, "champion")).NotTo(BeEmpty())
			for _, name := range []string{"a", "b", "c"} {
				v := e.VersionObject(name)
				g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v)).To(Succeed())
				g.Expect(env.ConditionLines(v)).To(HaveLen(3))
			}
		}).WithContext(ctx).Should(Succeed())
		for _, name := range []string{"a", "b", "c"} {
			// The reconciles that the other changes caused must end first.
			env.RequestReconcile(ctx, e.VersionObject(name))
			Eventually(func(g Gomega) {
				v := e.VersionObject(name)
				g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v)).To(Succeed())
				g.Expect(env.HandledRequest(v)).To(Equal(v.Annotations[v1alpha1.ReconcileRequestedAtAnnotation]))
			}).WithContext(ctx).Should(Succeed())
		}
		// The model shows the stage in its status a little later than the promotion.
		Eventually(func(g Gomega) {
			m := e.ModelObject(env.ModelName)
			g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(m), m)).To(Succeed())
			g.Expect(m.Status.LatestVersion).To(BeEquivalentTo("3"))
			g.Expect(m.Status.Stages).To(ContainElement(And(HaveField("Name", BeEquivalentTo("production")), HaveField("Since", Not(BeNil())))))
		}).WithContext(ctx).Should(Succeed())
		e.PollRepeatedly(ctx, 2)
		before := env.CountReconciles("modelversion")["modelversion"]
		written := env.KubeWrites.ListWrites(e.Namespace)
		e.MLflow.ResetCalls()
		e.PollRepeatedly(ctx, 20)
		Expect(e.MLflow.Writes()).To(BeEmpty())
		for _, call := range e.MLflow.Calls() {
			Expect(call.Endpoint).To(Equal(env.SearchModelsEndpoint))
		}
		Expect(env.KubeWrites.ListWrites(e.Namespace)).To(Equal(written))

		By("changing something of the model, which causes one read for each version that is not listed")
		Expect(e.User.SetModelDescription(ctx, env.ModelName, "other words")).To(Succeed())
		e.PollRepeatedly(ctx, 1)
		Eventually(func() float64 { return env.CountReconciles("modelversion")["modelversion"] }).WithContext(ctx).
			Should(BeNumerically(">=", before+3))
		Eventually(func() int { return e.MLflow.CountCalls(env.GetVersionEndpoint) }).WithContext(ctx).Should(Equal(2))
		Expect(e.MLflow.Calls()).To(HaveEach(HaveField("Endpoint", BeElementOf(env.SearchModelsEndpoint, env.GetVersionEndpoint))))
		Expect(env.KubeWrites.ListWrites(e.Namespace)).To(Equal(written))
	})
})
