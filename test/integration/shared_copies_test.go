// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// others is a model of another team, of which version 1 is best.
const others = "vision_detector"

// besideOthers is a world with a shared connection that allows the story's namespace its own
// model only, beside which another team has one.
func besideOthers(ctx SpecContext) *world {
	GinkgoHelper()
	w := sharing(ctx, func(w *world, b *builder.ClusterConnectionBuilder) { b.Allow(w.itself(), modelName) })
	Expect(w.user.CreateModel(ctx, others, nil)).To(Succeed())
	Expect(w.train(ctx, others, metrics{"accuracy": "0.987654"}, nil)).To(Equal("1"))
	Expect(w.user.SetAlias(ctx, others, "best", "1")).To(Succeed())
	return w
}

// allowOthers lets the story's namespace have the model of the other team, too.
func (w *world) allowOthers(ctx SpecContext) {
	GinkgoHelper()
	w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.Allow[0].ModelPattern = ".*" })
}

// noCopies is the sentence of a connection that does not allow copies of a model.
func (w *world) noCopies(model string) string {
	return w.doesNotAllow() + " to have copies of model " + model +
		": have it added to allow, or use a version that comes from elsewhere"
}

// askedFor is how often something of a model was asked for by its name.
func (w *world) askedFor(model string) int {
	asked := 0
	for _, call := range w.mlflow.Calls() {
		if call.Args.Text("name") == model {
			asked++
		}
	}
	return asked
}

var _ = Describe("A version of a model that a shared connection does not allow", func() {
	DescribeTable("is not registered as one's own",
		func(ctx SpecContext, uri string) {
			w := besideOthers(ctx)
			w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared))
			shows(ctx, w.model(modelName), synced(modelName)...)
			w.mlflow.Reset()
			w.apply(ctx, builder.ModelVersion(april).URI(uri))
			shows(ctx, w.version(april), unregistered("Stalled", "NotAllowed", w.noCopies(others))...)
			Expect(w.mlflow.Calls()).To(BeEmpty())

			By("allowing the model that it comes from")
			w.allowOthers(ctx)
			shows(ctx, w.version(april), registeredVersion("1")...)

			By("taking that back, which undoes nothing")
			w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.Allow[0].ModelPattern = modelName })
			w.apply(ctx, builder.ModelVersion("may").URI(uri))
			shows(ctx, w.version("may"), unregistered("Stalled", "NotAllowed", w.noCopies(others))...)
			shows(ctx, w.version(april), registeredVersion("1")...)
			Expect(w.creates()).To(Equal(1))
		},
		Entry("by its number", "models:/"+others+"/1"),
		Entry("by its alias", "models:/"+others+"@best"),
	)

	It("is registered as one's own where the connection is the namespace's", func(ctx SpecContext) {
		w := modeled(ctx)
		Expect(w.user.CreateModel(ctx, others, nil)).To(Succeed())
		w.train(ctx, others, nil, nil)
		w.apply(ctx, builder.ModelVersion(april).URI("models:/"+others+"/1"))
		shows(ctx, w.version(april), registeredVersion("1")...)
	})

	It("is no evidence for a copy that was registered by hand", func(ctx SpecContext) {
		w := besideOthers(ctx)
		w.registered(ctx)
		_, err := w.user.CreateVersion(ctx, mlflowtest.VersionSpec{Name: modelName, Source: "models:/" + others + "/1"})
		Expect(err).NotTo(HaveOccurred())
		w.mlflow.Reset()
		w.apply(ctx, gated().Shared(w.shared))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		why := "NotAllowed: " + w.noCopies(others)
		p := shows(ctx, w.promotion(toProduction),
			"Ready=False "+why, "Stalled=True "+why, verdict{version: "1"}.found(),
			"GatesPassed=False "+why, "Promoted=Unknown NotAllowed: not known while GatesPassed is False")
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "accuracy", Type: "Metric", Result: "Error", Origin: "Stage", Expected: "greater than 0.85",
			Message: "version 1 is a copy, but version 1 of model " + others + " could not be read: " + w.noCopies(others) +
				" (gate accuracy)",
		}))
		Expect(w.askedFor(others)).To(BeZero())
		Expect(w.mlflow.Count("runs/get")).To(BeZero())
		Expect(w.aliasWrites()).To(BeEmpty())

		By("allowing the model that it comes from")
		w.allowOthers(ctx)
		shows(ctx, p, verdict{version: "1"}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))
	})
})
