// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// registeredByMessage is how a promotion says which version a ModelVersion stands for.
func registeredByMessage(version, name string) string {
	return "version " + version + " is what ModelVersion " + name + " registered"
}

var _ = Describe("A promotion of a ModelVersion", func() {
	It("waits until it is registered, and takes its version", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Reconciling", "VersionNotFound", "there is no ModelVersion april: create it")...)
		w.mlflow.SetNewVersionStatus("PENDING_REGISTRATION", "")
		w.createObject(ctx, builder.ModelVersion(april).Run(w.createRun(ctx, metrics{"accuracy": "0.9"})))
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Reconciling", "VersionNotReady", "ModelVersion april is not registered: "+
			"version 1 of model sentiment is still being registered (PENDING_REGISTRATION)")...)
		w.mlflow.SetVersionStatus(modelName, "1", "READY", "")
		w.pollNow()
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1", resolution: registeredByMessage("1", april)}.promotedConditions()...)
		Expect(w.listAliasWrites()).To(Equal([]string{"champion=1"}))

		By("wanting the next one, which does not exist yet: the stage keeps what it has")
		editObject(ctx, w.promotionObject(toProduction), func(p *v1alpha1.ModelPromotion) {
			p.Spec.VersionFrom = &v1alpha1.VersionFrom{ModelVersionRef: &v1alpha1.LocalReference{Name: "may"}}
		})
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Reconciling", "VersionNotFound", "there is no ModelVersion may: create it")...)
		w.mlflow.SetNewVersionStatus("", "")
		w.createObject(ctx, builder.ModelVersion("may").Run(w.createRun(ctx, metrics{"accuracy": "0.91"})))
		p := waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "2", resolution: registeredByMessage("2", "may")}.promotedConditions()...)
		Expect(historyEntries(p)).To(Equal([]string{"Promoted 2 after 1", "Promoted 1 after none"}))
		w.waitForStageSummary(ctx, "production=2")
		Eventually(func(g Gomega) {
			for name, stages := range map[string][]v1alpha1.StageName{april: nil, "may": {"production"}} {
				v := w.versionObject(name)
				g.Expect(controlPlane.Client.Get(ctx, keyOf(v), v)).To(Succeed())
				g.Expect(v.Status.Stages).To(Equal(stages))
			}
		}).WithContext(ctx).Should(Succeed())
	})

	It("judges it like a version that is named: one that is refused is Stalled", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.createObject(ctx, newModelWithGates(newVersionTagGate("human_rating", "4")))
		w.createObject(ctx, builder.ModelVersion("bad").Run(w.createRun(ctx, nil)).Metric("human_rating", "3.5"))
		w.createObject(ctx, builder.Promotion(toProduction).FromModelVersion("bad"))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{
			version: "1", reason: "GateFailed", resolution: registeredByMessage("1", "bad"),
			cause: "human_rating 3.5 is not greater than 4 (gate human-rating, tag human_rating of version 1)",
		}.stalledConditions()...)
		w.createObject(ctx, builder.ModelVersion("good").Run(w.createRun(ctx, nil)).Metric("human_rating", "4.50"))
		editObject(ctx, w.promotionObject(toProduction), func(p *v1alpha1.ModelPromotion) { p.Spec.VersionFrom.ModelVersionRef.Name = "good" })
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "2", resolution: registeredByMessage("2", "good")}.promotedConditions()...)
	})

	It("takes no declared number for a measured one", func(ctx SpecContext) {
		w := newConnectedEnv(ctx)
		w.createObject(ctx, newGatedModel())
		w.createObject(ctx, builder.ModelVersion(april).Run(w.createRun(ctx, nil)).Metric("accuracy", "0.99"))
		waitForConditions(ctx, w.versionObject(april), registeredConditions("1")...)
		w.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{
			version: "1", reason: "GateFailed", resolution: registeredByMessage("1", april),
			cause: w.fillPlaceholders("1", "run RUN has no metric accuracy (gate accuracy)"),
		}.stalledConditions()...)
		Expect(w.listAliasWrites()).To(BeEmpty())
	})

	It("takes no version of another model", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createObject(ctx, builder.RegisteredModel("other"))
		w.createObject(ctx, builder.ModelVersion("others").Model("other").URI("s3://models/other"))
		w.createObject(ctx, builder.Promotion(toProduction).FromModelVersion("others"))
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "VersionNotFound",
			"ModelVersion others is of RegisteredModel other, not of sentiment: name one of the same model")...)
	})

	It("tells that its version was deleted", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april))
		w.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1", resolution: registeredByMessage("1", april)}.promotedConditions()...)
		Expect(w.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		w.pollNow()
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Reconciling", "VersionNotReady", "ModelVersion april is not registered: "+
			"version 1 of model sentiment was deleted in MLflow: it is not registered again, create another ModelVersion for another one")...)
	})

	It("goes on with a version whose object is suspended", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		w.createRegisteredVersion(ctx, builder.ModelVersion(april))
		editObject(ctx, w.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Suspend = new(true) })
		w.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1", resolution: registeredByMessage("1", april)}.promotedConditions()...)
	})
})

// newVersionTagGate demands that a number in a tag of the version is greater than a threshold.
func newVersionTagGate(key string, threshold v1alpha1.Decimal) v1alpha1.Gate {
	gate := builder.GreaterThanGate(key, threshold)
	gate.Metric.Source = v1alpha1.MetricSourceVersionTag
	return gate
}

var _ = Describe("Versions with which nothing happens", func() {
	It("cost nothing but the lists, also where they are not the newest", func(ctx SpecContext) {
		w := newModelEnv(ctx)
		for _, name := range []string{"a", "b", "c"} {
			w.createObject(ctx, builder.ModelVersion(name).Run(w.createRun(ctx, nil)).Tag("name", v1alpha1.TagValue(name)).Description(name))
		}
		w.createObject(ctx, builder.Promotion(toProduction).FromModelVersion("a"))
		Eventually(func(g Gomega) {
			g.Expect(w.mlflow.Alias(modelName, "champion")).NotTo(BeEmpty())
			for _, name := range []string{"a", "b", "c"} {
				v := w.versionObject(name)
				g.Expect(controlPlane.Client.Get(ctx, keyOf(v), v)).To(Succeed())
				g.Expect(conditionLines(v)).To(HaveLen(3))
			}
		}).WithContext(ctx).Should(Succeed())
		for _, name := range []string{"a", "b", "c"} {
			// Whoever was woken by the others has to come to rest.
			requestReconcile(ctx, w.versionObject(name))
			Eventually(func(g Gomega) {
				v := w.versionObject(name)
				g.Expect(controlPlane.Client.Get(ctx, keyOf(v), v)).To(Succeed())
				g.Expect(handledRequest(v)).To(Equal(v.Annotations[v1alpha1.ReconcileRequestedAtAnnotation]))
			}).WithContext(ctx).Should(Succeed())
		}
		w.pollTimes(ctx, 2)
		passes := countReconciles("modelversion")["modelversion"]
		written := kubeWrites.listWrites(w.namespace)
		w.mlflow.ResetCalls()
		w.pollTimes(ctx, 20)
		Expect(w.mlflow.Writes()).To(BeEmpty())
		for _, call := range w.mlflow.Calls() {
			Expect(call.Endpoint).To(Equal(searchModelsEndpoint))
		}
		Expect(kubeWrites.listWrites(w.namespace)).To(Equal(written))

		By("waking all of them by something that happens to the model, which costs each that is not listed one look")
		Expect(w.user.SetModelDescription(ctx, modelName, "other words")).To(Succeed())
		w.pollTimes(ctx, 1)
		Eventually(func() float64 { return countReconciles("modelversion")["modelversion"] }).WithContext(ctx).Should(BeNumerically(">=", passes+3))
		Eventually(func() int { return w.mlflow.CountCalls(getVersionEndpoint) }).WithContext(ctx).Should(Equal(2))
		Expect(w.mlflow.Calls()).To(HaveEach(HaveField("Endpoint", BeElementOf(searchModelsEndpoint, getVersionEndpoint))))
		Expect(kubeWrites.listWrites(w.namespace)).To(Equal(written))
	})
})
