// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// registeredBy is how a promotion says which version a ModelVersion stands for.
func registeredBy(version, name string) string {
	return "version " + version + " is what ModelVersion " + name + " registered"
}

var _ = Describe("A promotion of a ModelVersion", func() {
	It("waits until it is registered, and takes its version", func(ctx SpecContext) {
		w := modeled(ctx)
		w.apply(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "VersionNotFound", "there is no ModelVersion april: create it")...)
		w.mlflow.NewVersionsAre("PENDING_REGISTRATION", "")
		w.apply(ctx, builder.ModelVersion(april).Run(w.run(ctx, metrics{"accuracy": "0.9"})))
		shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "VersionNotReady", "ModelVersion april is not registered: "+
			"version 1 of model sentiment is still being registered (PENDING_REGISTRATION)")...)
		w.mlflow.VersionBecomes(modelName, "1", "READY", "")
		w.poll()
		shows(ctx, w.promotion(toProduction), verdict{version: "1", resolved: registeredBy("1", april)}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))

		By("wanting the next one, which does not exist yet: the stage keeps what it has")
		edit(ctx, w.promotion(toProduction), func(p *v1alpha1.ModelPromotion) {
			p.Spec.VersionFrom = &v1alpha1.VersionFrom{ModelVersionRef: &v1alpha1.LocalReference{Name: "may"}}
		})
		shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "VersionNotFound", "there is no ModelVersion may: create it")...)
		w.mlflow.NewVersionsAre("", "")
		w.apply(ctx, builder.ModelVersion("may").Run(w.run(ctx, metrics{"accuracy": "0.91"})))
		p := shows(ctx, w.promotion(toProduction), verdict{version: "2", resolved: registeredBy("2", "may")}.holds()...)
		Expect(history(p)).To(Equal([]string{"Promoted 2 after 1", "Promoted 1 after none"}))
		w.holdersAre(ctx, "production=2")
		Eventually(func(g Gomega) {
			for name, stages := range map[string][]v1alpha1.StageName{april: nil, "may": {"production"}} {
				v := w.version(name)
				g.Expect(plane.Client.Get(ctx, key(v), v)).To(Succeed())
				g.Expect(v.Status.Stages).To(Equal(stages))
			}
		}).WithContext(ctx).Should(Succeed())
	})

	It("judges it like a version that is named: one that is refused is Stalled", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, demanding(versionTagGate("human_rating", "4")))
		w.apply(ctx, builder.ModelVersion("bad").Run(w.run(ctx, nil)).Metric("human_rating", "3.5"))
		w.apply(ctx, builder.Promotion(toProduction).FromModelVersion("bad"))
		shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "GateFailed", resolved: registeredBy("1", "bad"),
			because: "human_rating 3.5 is not greater than 4 (gate human-rating, tag human_rating of version 1)",
		}.stalled()...)
		w.apply(ctx, builder.ModelVersion("good").Run(w.run(ctx, nil)).Metric("human_rating", "4.50"))
		edit(ctx, w.promotion(toProduction), func(p *v1alpha1.ModelPromotion) { p.Spec.VersionFrom.ModelVersionRef.Name = "good" })
		shows(ctx, w.promotion(toProduction), verdict{version: "2", resolved: registeredBy("2", "good")}.holds()...)
	})

	It("takes no declared number for a measured one", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, gated())
		w.apply(ctx, builder.ModelVersion(april).Run(w.run(ctx, nil)).Metric("accuracy", "0.99"))
		shows(ctx, w.version(april), registeredVersion("1")...)
		w.apply(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "GateFailed", resolved: registeredBy("1", april),
			because: w.about("1", "run RUN has no metric accuracy (gate accuracy)"),
		}.stalled()...)
		Expect(w.aliasWrites()).To(BeEmpty())
	})

	It("takes no version of another model", func(ctx SpecContext) {
		w := modeled(ctx)
		w.apply(ctx, builder.RegisteredModel("other"))
		w.apply(ctx, builder.ModelVersion("others").Model("other").URI("s3://models/other"))
		w.apply(ctx, builder.Promotion(toProduction).FromModelVersion("others"))
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "VersionNotFound",
			"ModelVersion others is of RegisteredModel other, not of sentiment: name one of the same model")...)
	})

	It("tells that its version was deleted", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april))
		w.apply(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		shows(ctx, w.promotion(toProduction), verdict{version: "1", resolved: registeredBy("1", april)}.holds()...)
		Expect(w.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		w.poll()
		shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "VersionNotReady", "ModelVersion april is not registered: "+
			"version 1 of model sentiment was deleted in MLflow: it is not registered again, create another ModelVersion for another one")...)
	})

	It("goes on with a version whose object is suspended", func(ctx SpecContext) {
		w := modeled(ctx)
		w.isRegistered(ctx, builder.ModelVersion(april))
		edit(ctx, w.version(april), func(v *v1alpha1.ModelVersion) { v.Spec.Suspend = new(true) })
		w.apply(ctx, builder.Promotion(toProduction).FromModelVersion(april))
		shows(ctx, w.promotion(toProduction), verdict{version: "1", resolved: registeredBy("1", april)}.holds()...)
	})
})

// versionTagGate demands that a number in a tag of the version is greater than a threshold.
func versionTagGate(key string, threshold v1alpha1.Decimal) v1alpha1.Gate {
	gate := builder.GreaterThan(key, threshold)
	gate.Metric.Source = v1alpha1.MetricSourceVersionTag
	return gate
}

var _ = Describe("Versions with which nothing happens", func() {
	It("cost nothing but the lists, also where they are not the newest", func(ctx SpecContext) {
		w := modeled(ctx)
		for _, name := range []string{"a", "b", "c"} {
			w.apply(ctx, builder.ModelVersion(name).Run(w.run(ctx, nil)).Tag("name", v1alpha1.TagValue(name)).Description(name))
		}
		w.apply(ctx, builder.Promotion(toProduction).FromModelVersion("a"))
		Eventually(func(g Gomega) {
			g.Expect(w.mlflow.Alias(modelName, "champion")).NotTo(BeEmpty())
			for _, name := range []string{"a", "b", "c"} {
				v := w.version(name)
				g.Expect(plane.Client.Get(ctx, key(v), v)).To(Succeed())
				g.Expect(lines(v)).To(HaveLen(3))
			}
		}).WithContext(ctx).Should(Succeed())
		for _, name := range []string{"a", "b", "c"} {
			// Whoever was woken by the others has to come to rest.
			lookNow(ctx, w.version(name))
			Eventually(func(g Gomega) {
				v := w.version(name)
				g.Expect(plane.Client.Get(ctx, key(v), v)).To(Succeed())
				g.Expect(receipt(v)).To(Equal(v.Annotations[v1alpha1.ReconcileRequestedAtAnnotation]))
			}).WithContext(ctx).Should(Succeed())
		}
		w.lists(ctx, 2)
		passes := passesOf("modelversion")["modelversion"]
		written := kubeWrites.in(w.namespace)
		w.mlflow.Reset()
		w.lists(ctx, 20)
		Expect(w.mlflow.Writes()).To(BeEmpty())
		for _, call := range w.mlflow.Calls() {
			Expect(call.Endpoint).To(Equal(listing))
		}
		Expect(kubeWrites.in(w.namespace)).To(Equal(written))

		By("waking all of them by something that happens to the model, which costs each that is not listed one look")
		Expect(w.user.DescribeModel(ctx, modelName, "other words")).To(Succeed())
		w.lists(ctx, 1)
		Eventually(func() float64 { return passesOf("modelversion")["modelversion"] }).WithContext(ctx).Should(BeNumerically(">=", passes+3))
		Eventually(func() int { return w.mlflow.Count(getVersion) }).WithContext(ctx).Should(Equal(2))
		Expect(w.mlflow.Calls()).To(HaveEach(HaveField("Endpoint", BeElementOf(listing, getVersion))))
		Expect(kubeWrites.in(w.namespace)).To(Equal(written))
	})
})
