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
		e := newModelEnv(ctx)
		e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "VersionNotFound", "there is no ModelVersion april: create it")...)
		e.mlflow.SetNewVersionStatus("PENDING_REGISTRATION", "")
		e.createObject(ctx, builder.ModelVersion(april).Run(e.createRun(ctx, metrics{"accuracy": "0.9"})))
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "VersionNotReady", "ModelVersion april is not registered: "+
			"version 1 of model sentiment is still being registered (PENDING_REGISTRATION)")...)
		e.mlflow.SetVersionStatus(modelName, "1", "READY", "")
		e.pollNow()
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1", resolution: registeredByMessage("1", april)}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))

		By("wanting the next one, which does not exist yet: the stage keeps what it has")
		editObject(ctx, e.promotionObject(toProduction), func(p *v1alpha1.ModelPromotion) {
			p.Spec.VersionFrom = &v1alpha1.VersionFrom{ModelVersionRef: &v1alpha1.LocalReference{Name: "may"}}
		})
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "VersionNotFound", "there is no ModelVersion may: create it")...)
		e.mlflow.SetNewVersionStatus("", "")
		e.createObject(ctx, builder.ModelVersion("may").Run(e.createRun(ctx, metrics{"accuracy": "0.91"})))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2", resolution: registeredByMessage("2", "may")}.promotedConditions()...)
		Expect(listHistory(p)).To(Equal([]string{"Promoted 2 after 1", "Promoted 1 after none"}))
		e.waitForStageSummary(ctx, "production=2")
		Eventually(func(g Gomega) {
			for name, stages := range map[string][]v1alpha1.StageName{april: nil, "may": {"production"}} {
				v := e.versionObject(name)
				g.Expect(controlPlane.Client.Get(ctx, objectKey(v), v)).To(Succeed())
				g.Expect(v.Status.Stages).To(Equal(stages))
			}
		}).WithContext(ctx).Should(Succeed())
	})

	It("judges it like a version that is named: one that is refused is Stalled", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newModelWithGates(newVersionTagGate("human_rating", "4")))
		e.createObject(ctx, builder.ModelVersion("bad").Run(e.createRun(ctx, nil)).Metric("human_rating", "3.5"))
		e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion("bad"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "GateFailed", resolution: registeredByMessage("1", "bad"),
			detail: "human_rating 3.5 is not greater than 4 (gate human-rating, tag human_rating of version 1)",
		}.stalledConditions()...)
		e.createObject(ctx, builder.ModelVersion("good").Run(e.createRun(ctx, nil)).Metric("human_rating", "4.50"))
		editObject(ctx, e.promotionObject(toProduction), func(p *v1alpha1.ModelPromotion) { p.Spec.VersionFrom.ModelVersionRef.Name = "good" })
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2", resolution: registeredByMessage("2", "good")}.promotedConditions()...)
	})

	It("takes no declared number for a measured one", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.ModelVersion(april).Run(e.createRun(ctx, nil)).Metric("accuracy", "0.99"))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
		e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "GateFailed", resolution: registeredByMessage("1", april),
			detail: e.fillPlaceholders("1", "run RUN has no metric accuracy (gate accuracy)"),
		}.stalledConditions()...)
		Expect(e.listAliasWrites()).To(BeEmpty())
	})

	It("takes no version of another model", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createObject(ctx, builder.RegisteredModel("other"))
		e.createObject(ctx, builder.ModelVersion("others").Model("other").URI("s3://models/other"))
		e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion("others"))
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "VersionNotFound",
			"ModelVersion others is of RegisteredModel other, not of sentiment: name one of the same model")...)
	})

	It("tells that its version was deleted", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april))
		e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1", resolution: registeredByMessage("1", april)}.promotedConditions()...)
		Expect(e.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "VersionNotReady", "ModelVersion april is not registered: "+
			"version 1 of model sentiment was deleted in MLflow: it is not registered again, create another ModelVersion for another one")...)
	})

	It("goes on with a version whose object is suspended", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		e.createRegisteredVersion(ctx, builder.ModelVersion(april))
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Suspend = new(true) })
		e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1", resolution: registeredByMessage("1", april)}.promotedConditions()...)
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
		e := newModelEnv(ctx)
		for _, name := range []string{"a", "b", "c"} {
			e.createObject(ctx, builder.ModelVersion(name).Run(e.createRun(ctx, nil)).Tag("name", v1alpha1.TagValue(name)).Description(name))
		}
		e.createObject(ctx, builder.Promotion(toProduction).FromModelVersion("a"))
		Eventually(func(g Gomega) {
			g.Expect(e.mlflow.Alias(modelName, "champion")).NotTo(BeEmpty())
			for _, name := range []string{"a", "b", "c"} {
				v := e.versionObject(name)
				g.Expect(controlPlane.Client.Get(ctx, objectKey(v), v)).To(Succeed())
				g.Expect(conditionLines(v)).To(HaveLen(3))
			}
		}).WithContext(ctx).Should(Succeed())
		for _, name := range []string{"a", "b", "c"} {
			// Whoever was woken by the others has to come to rest.
			requestReconcile(ctx, e.versionObject(name))
			Eventually(func(g Gomega) {
				v := e.versionObject(name)
				g.Expect(controlPlane.Client.Get(ctx, objectKey(v), v)).To(Succeed())
				g.Expect(handledRequest(v)).To(Equal(v.Annotations[v1alpha1.ReconcileRequestedAtAnnotation]))
			}).WithContext(ctx).Should(Succeed())
		}
		e.pollRepeatedly(ctx, 2)
		passes := countReconciles("modelversion")["modelversion"]
		written := kubeWrites.listWrites(e.namespace)
		e.mlflow.ResetCalls()
		e.pollRepeatedly(ctx, 20)
		Expect(e.mlflow.Writes()).To(BeEmpty())
		for _, call := range e.mlflow.Calls() {
			Expect(call.Endpoint).To(Equal(searchModelsEndpoint))
		}
		Expect(kubeWrites.listWrites(e.namespace)).To(Equal(written))

		By("waking all of them by something that happens to the model, which costs each that is not listed one look")
		Expect(e.user.SetModelDescription(ctx, modelName, "other words")).To(Succeed())
		e.pollRepeatedly(ctx, 1)
		Eventually(func() float64 { return countReconciles("modelversion")["modelversion"] }).WithContext(ctx).Should(BeNumerically(">=", passes+3))
		Eventually(func() int { return e.mlflow.CountCalls(getVersionEndpoint) }).WithContext(ctx).Should(Equal(2))
		Expect(e.mlflow.Calls()).To(HaveEach(HaveField("Endpoint", BeElementOf(searchModelsEndpoint, getVersionEndpoint))))
		Expect(kubeWrites.listWrites(e.namespace)).To(Equal(written))
	})
})
