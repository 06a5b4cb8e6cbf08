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
		w := newSharedEnv(ctx)
		other := w.newNeighbor(ctx)
		w.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(w.shared))
		waitForConditions(ctx, w.sharedConnectionObject(), reachableSharedConditions(w, anonymous)...)
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, w.ownerTag(modelName)))

		other.createObject(ctx, builder.RegisteredModel("topics").ClusterConnection(w.shared).Stages(builder.Stage("production")))
		other.createObject(ctx, builder.Promotion(toProduction).Model("topics"))
		waitForConditions(ctx, other.modelObject("topics"), notAllowedConditions(other.namespaceNotAllowedMessage())...)
		waitForConditions(ctx, other.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", other.namespaceNotAllowedMessage())...)
		for _, call := range w.mlflow.Calls() {
			Expect(call.Args.String("name")).NotTo(Equal("topics"), "nothing is even read for it")
		}

		By("adding its name")
		w.allowNamespaces(ctx, builder.Namespaces(v1alpha1.NamespaceName(w.namespace), v1alpha1.NamespaceName(other.namespace)))
		waitForConditions(ctx, other.modelObject("topics"), syncedConditions("topics")...)
		Expect(w.mlflow.ModelNames()).To(Equal([]string{modelName, "topics"}))
	})

	It("serves those with a label, while they have it", func(ctx SpecContext) {
		w := newSharedEnv(ctx, func(_ *env, b *builder.ClusterConnectionBuilder) {
			b.AllowedNamespaces(builder.NamespacesWithLabel("team", "nlp"))
		})
		w.registerModel(ctx, metrics{"accuracy": "0.91"})
		w.createObject(ctx, newGatedModel().ClusterConnection(w.shared))
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.namespaceNotAllowedMessage())...)
		w.expectNoWrites()

		w.setNamespaceLabel(ctx, "team", "vision")
		w.setNamespaceLabel(ctx, "team", "nlp")
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)

		By("taking the label away")
		w.waitForStageStatus(ctx)
		w.mlflow.ResetCalls()
		w.setNamespaceLabel(ctx, "team", "")
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.namespaceNotAllowedMessage())...)
		p := waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", w.namespaceNotAllowedMessage())...)
		Expect(historyEntries(p)).To(Equal([]string{"Promoted 1 after none"}))
		w.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", w.namespaceNotAllowedMessage())...)
		Expect(w.mlflow.Calls()).To(BeEmpty())

		By("giving it back")
		w.setVersion(ctx, toProduction, "1")
		w.setNamespaceLabel(ctx, "team", "nlp")
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		w.expectNoWrites()
	})

	It("serves all, where that is spelled out", func(ctx SpecContext) {
		w := newSharedEnv(ctx, func(_ *env, b *builder.ClusterConnectionBuilder) { b.AllowedNamespaces(builder.AllNamespaces()) })
		other := w.newNeighbor(ctx)
		w.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(w.shared))
		other.createObject(ctx, builder.RegisteredModel("topics").ClusterConnection(w.shared))
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, other.modelObject("topics"), syncedConditions("topics")...)
	})

	It("lets a namespace have the models that match a pattern, and no others", func(ctx SpecContext) {
		w := newSharedEnv(ctx, func(w *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(w.selectNamespace(), "neuro_.*") })
		w.createObject(ctx, builder.RegisteredModel("fits").ModelName("neuro_sentiment").ClusterConnection(w.shared))
		w.createObject(ctx, builder.RegisteredModel("ends-well").ModelName("my_neuro_sentiment").ClusterConnection(w.shared))
		waitForConditions(ctx, w.modelObject("fits"), syncedConditions("neuro_sentiment")...)
		waitForConditions(ctx, w.modelObject("ends-well"), notAllowedConditions(w.modelNotAllowedMessage("my_neuro_sentiment"))...)

		w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels[0].ModelPattern = ".*neuro_.*" })
		waitForConditions(ctx, w.modelObject("ends-well"), syncedConditions("my_neuro_sentiment")...)
	})

	It("lets a namespace have some aliases, and no others", func(ctx SpecContext) {
		w := newSharedEnv(ctx, func(w *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(w.selectNamespace(), "", "staging") })
		w.registerModel(ctx, nil)
		w.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(w.shared).Stages(
			builder.Stage("staging"), builder.Stage("production").Alias("champion")))
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.aliasNotAllowedMessage("champion", modelName))...)
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", w.aliasNotAllowedMessage("champion", modelName))...)
		w.expectNoWrites()

		By("doing without the stage")
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages = m.Spec.Stages[:1] })
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)

		By("asking for it again, and getting another entry")
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages = append(m.Spec.Stages, builder.Stage("production").Alias("champion").Build())
		})
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.aliasNotAllowedMessage("champion", modelName))...)
		w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = append(s.AllowedModels, v1alpha1.ModelPermission{Namespaces: builder.AllNamespaces(), Aliases: []v1alpha1.Alias{"champion"}})
		})
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("lets a namespace with some aliases have no stage of MLflow's own", func(ctx SpecContext) {
		w := newSharedEnv(ctx, func(w *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(w.selectNamespace(), "", "staging") })
		w.registerModel(ctx, nil)
		w.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(w.shared).Stages(builder.Stage("staging").MLflowStage("Production")))
		w.createObject(ctx, builder.Promotion("to-staging").Stage("staging").Version("1"))
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.stageNotAllowedMessage("Production", modelName))...)
		waitForConditions(ctx, w.promotionObject("to-staging"), unresolvedConditions("Stalled", "Forbidden", w.stageNotAllowedMessage("Production", modelName))...)
		w.expectNoWrites()

		By("leaving it out")
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].MLflowStage = "" })
		waitForConditions(ctx, w.promotionObject("to-staging"), expectation{version: "1", stage: "staging", alias: "staging"}.promotedConditions()...)
		Expect(w.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))

		By("asking for it again, and getting another entry")
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].MLflowStage = "Production" })
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.stageNotAllowedMessage("Production", modelName))...)
		w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = append(s.AllowedModels, v1alpha1.ModelPermission{Namespaces: w.selectNamespace(), ModelPattern: modelName})
		})
		waitForConditions(ctx, w.promotionObject("to-staging"), expectation{version: "1", stage: "staging", alias: "staging"}.promotedConditions()...)
		Eventually(func() string { return w.mlflow.Version(modelName, "1").CurrentStage }).WithContext(ctx).Should(Equal("Production"))
	})

	It("asks for the aliases of a class as for the model's own", func(ctx SpecContext) {
		w := newSharedEnv(ctx, func(w *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(w.selectNamespace(), "", "staging") })
		w.createClass(ctx, w.newClass())
		w.registerModel(ctx, metrics{"accuracy": "0.9"})
		w.createObject(ctx, w.newClassifiedModel().ClusterConnection(w.shared))
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.aliasNotAllowedMessage("champion", modelName))...)
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", w.aliasNotAllowedMessage("champion", modelName))...)
		w.expectNoWrites()

		By("allowing it")
		w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels[0].Aliases = []v1alpha1.Alias{"champion"}
		})
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)

		By("adding a stage to the class")
		w.mlflow.ResetCalls()
		editObject(ctx, w.classObject(), func(c *v1alpha1.ModelClass) {
			c.Spec.Stages = append(c.Spec.Stages, builder.Stage("archive").Build())
		})
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.aliasNotAllowedMessage("archive", modelName))...)
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", w.aliasNotAllowedMessage("archive", modelName))...)
		w.expectNoWrites()
	})

	It("is polled once for all of them, and idle when they are", func(ctx SpecContext) {
		w := newSharedEnv(ctx, func(_ *env, b *builder.ClusterConnectionBuilder) { b.AllowedNamespaces(builder.AllNamespaces()) })
		other := w.newNeighbor(ctx)
		w.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(w.shared).Stages(builder.Stage("production")))
		other.createObject(ctx, builder.RegisteredModel("topics").ClusterConnection(w.shared).Stages(builder.Stage("production")))
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, other.modelObject("topics"), syncedConditions("topics")...)
		for _, model := range []string{modelName, "topics"} {
			w.trainVersion(ctx, model, nil, nil)
		}
		w.mlflow.ResetCalls()
		w.pollTimes(ctx, 1)
		for of, m := range map[*env]*v1alpha1.RegisteredModel{w: w.modelObject(modelName), other: other.modelObject("topics")} {
			Eventually(func(g Gomega) {
				g.Expect(controlPlane.Client.Get(ctx, keyOf(m), m)).To(Succeed())
				g.Expect(m.Status.LatestVersion).To(Equal(v1alpha1.Version("1")), of.namespace)
			}).WithContext(ctx).Should(Succeed())
		}
		Expect(w.mlflow.CountCalls("registered-models/search")).To(Equal(1))

		objects := []client.Object{w.modelObject(modelName), other.modelObject("topics")}
		before := resourceVersionsOf(ctx, objects)
		w.pollTimes(ctx, 3)
		Expect(resourceVersionsOf(ctx, objects)).To(Equal(before))
		w.expectNoWrites()
	})

	It("is missed by those that name it, and comes back", func(ctx SpecContext) {
		w := newEnv(ctx, mlflowtest.Options{})
		w.shared = w.namespace
		missing := "there is no ClusterMLflowConnection " + w.shared + ": create it"
		By("having a connection of that name in the namespace, which is another one")
		namesake := w.newConnection().Build()
		namesake.Name = w.shared
		w.createObject(ctx, namesake)
		w.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(w.shared))
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("ReferenceNotFound", missing)...)

		w.createSharedConnection(ctx, w.newConnection())
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		Expect(controlPlane.Client.Delete(ctx, w.sharedConnectionObject())).To(Succeed())
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("ReferenceNotFound", missing)...)
	})
})
