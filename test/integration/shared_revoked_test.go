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

// sharedChampion is a world in which version 1 of a model on a shared connection holds
// production, and version 2 may.
func sharedChampion(ctx SpecContext, how ...func(*world, *builder.ClusterConnectionBuilder)) *world {
	GinkgoHelper()
	w := sharing(ctx, how...)
	w.registered(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
	w.apply(ctx, gated().Shared(w.shared))
	w.apply(ctx, builder.Promotion(toProduction).Version("1"))
	shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	return w
}

var _ = Describe("A namespace that is put out of a shared connection", func() {
	DescribeTable("gets no version promoted whose gates are being evaluated",
		func(ctx SpecContext, revoke func(SpecContext, *world), sentence func(*world) string) {
			w := sharedChampion(ctx)
			gate := w.evaluating(ctx)
			w.mlflow.Reset()
			revoke(ctx, w)
			gate.Open()
			p := shows(ctx, w.promotion(toProduction), unresolved("Stalled", "NotAllowed", sentence(w))...)
			Expect(history(p)).To(Equal([]string{"Promoted 1 after none"}))
			Expect(p.Status.Underway).To(BeNil())
			shows(ctx, w.model(modelName), notAllowed(sentence(w))...)
			w.wroteNothing()

			By("letting it in again")
			w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedNamespaces, s.Allow = w.itself(), nil })
			p = shows(ctx, w.promotion(toProduction), verdict{version: "2"}.holds()...)
			Expect(history(p)).To(Equal([]string{"Promoted 2 after 1", "Promoted 1 after none"}))
		},
		Entry("the namespace itself", func(ctx SpecContext, w *world) { w.allows(ctx, nobody()) }, (*world).noNamespace),
		Entry("its model", func(ctx SpecContext, w *world) {
			w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.Allow = []v1alpha1.ModelPermission{{Namespaces: w.itself(), ModelPattern: "topics"}}
			})
		}, func(w *world) string { return w.noModel(modelName) }),
		Entry("its alias", func(ctx SpecContext, w *world) {
			w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.Allow = []v1alpha1.ModelPermission{{Namespaces: w.itself(), Aliases: []v1alpha1.Alias{"staging"}}}
			})
		}, func(w *world) string { return w.noAlias("champion", modelName) }),
	)

	It("by a label that goes away, gets no version promoted either", func(ctx SpecContext) {
		w := sharing(ctx, func(_ *world, b *builder.ClusterConnectionBuilder) { b.Allowed(builder.Labeled("team", "nlp")) })
		w.label(ctx, "team", "nlp")
		w.registered(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		w.apply(ctx, gated().Shared(w.shared))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		gate := w.evaluating(ctx)
		w.mlflow.Reset()
		w.label(ctx, "team", "")
		gate.Open()
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "NotAllowed", w.noNamespace())...)
		w.wroteNothing()
	})

	It("gets no alias put back that another hand moves", func(ctx SpecContext) {
		w := sharedChampion(ctx)
		w.allows(ctx, nobody())
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "NotAllowed", w.noNamespace())...)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.mlflow.Reset()
		w.lists(ctx, 2)
		w.wroteNothing()
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("2"))
	})

	It("gets no tag written that is on its way", func(ctx SpecContext) {
		w := sharing(ctx)
		w.apply(ctx, described().Shared(w.shared))
		shows(ctx, w.model(modelName), synced(modelName)...)
		gate := w.mlflow.Gate()
		w.mlflow.Fail(mlflowtest.Endpoint("registered-models/get"), gate.Hold())
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "somebody-else" })
		Eventually(gate.Arrived()).WithContext(ctx).Should(Receive())
		w.mlflow.Reset()
		w.allows(ctx, nobody())
		gate.Open()
		shows(ctx, w.model(modelName), notAllowed(w.noNamespace())...)
		w.wroteNothing()
	})

	It("is told so while the server is down", func(ctx SpecContext) {
		w := sharedChampion(ctx)
		w.mlflow.Fail(mlflowtest.Any(), mlflowtest.Drop())
		provider.PollNow(w.key())
		Eventually(func() bool { return provider.State(w.key()).Ready }).WithContext(ctx).Should(BeFalse())
		w.allows(ctx, nobody())
		shows(ctx, w.model(modelName), notAllowed(w.noNamespace())...)
	})
})

var _ = Describe("A shared connection with a rule that can't be carried out", func() {
	It("serves nobody, and tells the reason to none but its owner", func(ctx SpecContext) {
		w := sharedChampion(ctx)
		w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.Allow = []v1alpha1.ModelPermission{{Namespaces: builder.Namespaces("merger"), ModelPattern: "acquisition_("}}
		})
		shows(ctx, w.theShared(), invalidRules("allow[0].modelPattern is no regular expression that RE2 knows: "+
			"error parsing regexp: missing closing ): `acquisition_(`: change it")...)
		vague := "ClusterMLflowConnection " + w.shared + " has rules that can't be carried out, as its conditions say: have them mended"
		shows(ctx, w.model(modelName), repeated("RulesInvalid", vague)...)
		shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "RulesInvalid", vague)...)
		Expect(provider.State(w.key()).Ready).To(BeFalse())

		w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.Allow = nil })
		shows(ctx, w.theShared(), reachedShared(w, anonymous)...)
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	})
})
