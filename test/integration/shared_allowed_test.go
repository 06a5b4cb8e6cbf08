// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A connection that namespaces share", func() {
	It("serves those that it names, and tells others that it does not", func(ctx SpecContext) {
		w := sharing(ctx)
		other := w.neighbour(ctx)
		w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared))
		shows(ctx, w.theShared(), reachedShared(w, anonymous)...)
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, w.mark(modelName)))

		other.apply(ctx, builder.RegisteredModel("topics").Shared(w.shared).Stages(builder.Stage("production")))
		other.apply(ctx, builder.Promotion(toProduction).Model("topics"))
		shows(ctx, other.model("topics"), notAllowed(other.noNamespace())...)
		shows(ctx, other.promotion(toProduction), unresolved("Stalled", "NotAllowed", other.noNamespace())...)
		for _, call := range w.mlflow.Calls() {
			Expect(call.Args.Text("name")).NotTo(Equal("topics"), "nothing is even read for it")
		}

		By("adding its name")
		w.allows(ctx, builder.Namespaces(v1alpha1.NamespaceName(w.namespace), v1alpha1.NamespaceName(other.namespace)))
		shows(ctx, other.model("topics"), synced("topics")...)
		Expect(w.mlflow.Models()).To(Equal([]string{modelName, "topics"}))
	})

	It("serves those with a label, while they have it", func(ctx SpecContext) {
		w := sharing(ctx, func(_ *world, b *builder.ClusterConnectionBuilder) { b.Allowed(builder.Labeled("team", "nlp")) })
		w.registered(ctx, metrics{"accuracy": "0.91"})
		w.apply(ctx, gated().Shared(w.shared))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.model(modelName), notAllowed(w.noNamespace())...)
		w.wroteNothing()

		w.label(ctx, "team", "vision")
		w.label(ctx, "team", "nlp")
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)

		By("taking the label away")
		w.tellsSince(ctx)
		w.mlflow.Reset()
		w.label(ctx, "team", "")
		shows(ctx, w.model(modelName), notAllowed(w.noNamespace())...)
		p := shows(ctx, w.promotion(toProduction), unresolved("Stalled", "NotAllowed", w.noNamespace())...)
		Expect(history(p)).To(Equal([]string{"Promoted 1 after none"}))
		w.promote(ctx, toProduction, "2")
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "NotAllowed", w.noNamespace())...)
		Expect(w.mlflow.Calls()).To(BeEmpty())

		By("giving it back")
		w.promote(ctx, toProduction, "1")
		w.label(ctx, "team", "nlp")
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.wroteNothing()
	})

	It("serves all, where that is spelled out", func(ctx SpecContext) {
		w := sharing(ctx, func(_ *world, b *builder.ClusterConnectionBuilder) { b.Allowed(builder.AllNamespaces()) })
		other := w.neighbour(ctx)
		w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared))
		other.apply(ctx, builder.RegisteredModel("topics").Shared(w.shared))
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, other.model("topics"), synced("topics")...)
	})

	It("lets a namespace have the models that match a pattern, and no others", func(ctx SpecContext) {
		w := sharing(ctx, func(w *world, b *builder.ClusterConnectionBuilder) { b.Allow(w.itself(), "neuro_.*") })
		w.apply(ctx, builder.RegisteredModel("fits").ModelName("neuro_sentiment").Shared(w.shared))
		w.apply(ctx, builder.RegisteredModel("ends-well").ModelName("my_neuro_sentiment").Shared(w.shared))
		shows(ctx, w.model("fits"), synced("neuro_sentiment")...)
		shows(ctx, w.model("ends-well"), notAllowed(w.noModel("my_neuro_sentiment"))...)

		w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.Allow[0].ModelPattern = ".*neuro_.*" })
		shows(ctx, w.model("ends-well"), synced("my_neuro_sentiment")...)
	})

	It("lets a namespace have some aliases, and no others", func(ctx SpecContext) {
		w := sharing(ctx, func(w *world, b *builder.ClusterConnectionBuilder) { b.Allow(w.itself(), "", "staging") })
		w.registered(ctx, nil)
		w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared).Stages(
			builder.Stage("staging"), builder.Stage("production").Alias("champion")))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.model(modelName), notAllowed(w.noAlias("champion", modelName))...)
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "NotAllowed", w.noAlias("champion", modelName))...)
		w.wroteNothing()

		By("doing without the stage")
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages = m.Spec.Stages[:1] })
		shows(ctx, w.model(modelName), synced(modelName)...)

		By("asking for it again, and getting another entry")
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages = append(m.Spec.Stages, builder.Stage("production").Alias("champion").Build())
		})
		shows(ctx, w.model(modelName), notAllowed(w.noAlias("champion", modelName))...)
		w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.Allow = append(s.Allow, v1alpha1.ModelPermission{Namespaces: builder.AllNamespaces(), Aliases: []v1alpha1.Alias{"champion"}})
		})
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	})

	It("lets a namespace with some aliases have no stage of MLflow's own", func(ctx SpecContext) {
		w := sharing(ctx, func(w *world, b *builder.ClusterConnectionBuilder) { b.Allow(w.itself(), "", "staging") })
		w.registered(ctx, nil)
		w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared).Stages(builder.Stage("staging").MLflowStage("Production")))
		w.apply(ctx, builder.Promotion("to-staging").Stage("staging").Version("1"))
		shows(ctx, w.model(modelName), notAllowed(w.noMLflowStage("Production", modelName))...)
		shows(ctx, w.promotion("to-staging"), unresolved("Stalled", "NotAllowed", w.noMLflowStage("Production", modelName))...)
		w.wroteNothing()

		By("leaving it out")
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].MLflowStage = "" })
		shows(ctx, w.promotion("to-staging"), verdict{version: "1", stage: "staging", alias: "staging"}.holds()...)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))

		By("asking for it again, and getting another entry")
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].MLflowStage = "Production" })
		shows(ctx, w.model(modelName), notAllowed(w.noMLflowStage("Production", modelName))...)
		w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.Allow = append(s.Allow, v1alpha1.ModelPermission{Namespaces: w.itself(), ModelPattern: modelName})
		})
		shows(ctx, w.promotion("to-staging"), verdict{version: "1", stage: "staging", alias: "staging"}.holds()...)
		Eventually(func() string { return w.mlflow.Version(modelName, "1").CurrentStage }).WithContext(ctx).Should(Equal("Production"))
	})

	It("asks for the aliases of a class as for the model's own", func(ctx SpecContext) {
		w := sharing(ctx, func(w *world, b *builder.ClusterConnectionBuilder) { b.Allow(w.itself(), "", "staging") })
		w.declare(ctx, w.standard())
		w.registered(ctx, metrics{"accuracy": "0.9"})
		w.apply(ctx, w.classified().Shared(w.shared))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.model(modelName), notAllowed(w.noAlias("champion", modelName))...)
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "NotAllowed", w.noAlias("champion", modelName))...)
		w.wroteNothing()

		By("allowing it")
		w.rule(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.Allow[0].Aliases = []v1alpha1.Alias{"champion"} })
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)

		By("adding a stage to the class")
		w.mlflow.Reset()
		edit(ctx, w.class(), func(c *v1alpha1.ModelClass) {
			c.Spec.Stages = append(c.Spec.Stages, builder.Stage("archive").Build())
		})
		shows(ctx, w.model(modelName), notAllowed(w.noAlias("archive", modelName))...)
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "NotAllowed", w.noAlias("archive", modelName))...)
		w.wroteNothing()
	})

	It("is polled once for all of them, and idle when they are", func(ctx SpecContext) {
		w := sharing(ctx, func(_ *world, b *builder.ClusterConnectionBuilder) { b.Allowed(builder.AllNamespaces()) })
		other := w.neighbour(ctx)
		w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared).Stages(builder.Stage("production")))
		other.apply(ctx, builder.RegisteredModel("topics").Shared(w.shared).Stages(builder.Stage("production")))
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, other.model("topics"), synced("topics")...)
		for _, model := range []string{modelName, "topics"} {
			w.train(ctx, model, nil, nil)
		}
		w.mlflow.Reset()
		w.lists(ctx, 1)
		for of, m := range map[*world]*v1alpha1.RegisteredModel{w: w.model(modelName), other: other.model("topics")} {
			Eventually(func(g Gomega) {
				g.Expect(plane.Client.Get(ctx, key(m), m)).To(Succeed())
				g.Expect(m.Status.LatestVersion).To(Equal(v1alpha1.Version("1")), of.namespace)
			}).WithContext(ctx).Should(Succeed())
		}
		Expect(w.mlflow.Count("registered-models/search")).To(Equal(1))

		objects := []client.Object{w.model(modelName), other.model("topics")}
		before := versions(ctx, objects)
		w.lists(ctx, 3)
		Expect(versions(ctx, objects)).To(Equal(before))
		w.wroteNothing()
	})

	It("is missed by those that name it, and comes back", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{})
		w.shared = w.namespace
		missing := "there is no ClusterMLflowConnection " + w.shared + ": create it"
		By("having a connection of that name in the namespace, which is another one")
		namesake := w.connection().Build()
		namesake.Name = w.shared
		w.apply(ctx, namesake)
		w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared))
		shows(ctx, w.model(modelName), repeated("ConnectionNotFound", missing)...)

		w.share(ctx, w.connection())
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(plane.Client.Delete(ctx, w.theShared())).To(Succeed())
		shows(ctx, w.model(modelName), repeated("ConnectionNotFound", missing)...)
	})
})
