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
		e := newSharedEnv(ctx)
		other := e.newNeighborEnv(ctx)
		e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection))
		waitForConditions(ctx, e.sharedConnectionObject(), reachableSharedConditions(e, anonymousMessage)...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, e.ownerTag(modelName)))

		other.createObject(ctx, builder.RegisteredModel("topics").ClusterConnection(e.sharedConnection).Stages(builder.Stage("production")))
		other.createObject(ctx, builder.Promotion(toProduction).Model("topics"))
		waitForConditions(ctx, other.modelObject("topics"), notAllowedConditions(other.namespaceNotAllowedMessage())...)
		waitForConditions(ctx, other.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", other.namespaceNotAllowedMessage())...)
		for _, call := range e.mlflow.Calls() {
			Expect(call.Args.String("name")).NotTo(Equal("topics"), "nothing is even read for it")
		}

		By("adding its name")
		e.allowNamespaces(ctx, builder.Namespaces(v1alpha1.NamespaceName(e.namespace), v1alpha1.NamespaceName(other.namespace)))
		waitForConditions(ctx, other.modelObject("topics"), syncedConditions("topics")...)
		Expect(e.mlflow.ModelNames()).To(Equal([]string{modelName, "topics"}))
	})

	It("serves those with a label, while they have it", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(_ *env, b *builder.ClusterConnectionBuilder) {
			b.AllowedNamespaces(builder.NamespacesWithLabel("team", "nlp"))
		})
		e.registerModel(ctx, metrics{"accuracy": "0.91"})
		e.createObject(ctx, newGatedModel().ClusterConnection(e.sharedConnection))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.namespaceNotAllowedMessage())...)
		e.expectNoWrites()

		e.setNamespaceLabel(ctx, "team", "vision")
		e.setNamespaceLabel(ctx, "team", "nlp")
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)

		By("taking the label away")
		e.waitForStageStatus(ctx)
		e.mlflow.ResetCalls()
		e.setNamespaceLabel(ctx, "team", "")
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.namespaceNotAllowedMessage())...)
		p := waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", e.namespaceNotAllowedMessage())...)
		Expect(listHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", e.namespaceNotAllowedMessage())...)
		Expect(e.mlflow.Calls()).To(BeEmpty())

		By("giving it back")
		e.setVersion(ctx, toProduction, "1")
		e.setNamespaceLabel(ctx, "team", "nlp")
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.expectNoWrites()
	})

	It("serves all, where that is spelled out", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(_ *env, b *builder.ClusterConnectionBuilder) { b.AllowedNamespaces(builder.AllNamespaces()) })
		other := e.newNeighborEnv(ctx)
		e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection))
		other.createObject(ctx, builder.RegisteredModel("topics").ClusterConnection(e.sharedConnection))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, other.modelObject("topics"), syncedConditions("topics")...)
	})

	It("lets a namespace have the models that match a pattern, and no others", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(e.ownNamespaceSelection(), "neuro_.*") })
		e.createObject(ctx, builder.RegisteredModel("fits").ModelName("neuro_sentiment").ClusterConnection(e.sharedConnection))
		e.createObject(ctx, builder.RegisteredModel("ends-well").ModelName("my_neuro_sentiment").ClusterConnection(e.sharedConnection))
		waitForConditions(ctx, e.modelObject("fits"), syncedConditions("neuro_sentiment")...)
		waitForConditions(ctx, e.modelObject("ends-well"), notAllowedConditions(e.modelNotAllowedMessage("my_neuro_sentiment"))...)

		e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels[0].ModelPattern = ".*neuro_.*" })
		waitForConditions(ctx, e.modelObject("ends-well"), syncedConditions("my_neuro_sentiment")...)
	})

	It("lets a namespace have some aliases, and no others", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(e.ownNamespaceSelection(), "", "staging") })
		e.registerModel(ctx, nil)
		e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection).Stages(
			builder.Stage("staging"), builder.Stage("production").Alias("champion")))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.aliasNotAllowedMessage("champion", modelName))...)
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", e.aliasNotAllowedMessage("champion", modelName))...)
		e.expectNoWrites()

		By("doing without the stage")
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages = m.Spec.Stages[:1] })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)

		By("asking for it again, and getting another entry")
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages = append(m.Spec.Stages, builder.Stage("production").Alias("champion").Build())
		})
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.aliasNotAllowedMessage("champion", modelName))...)
		e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = append(s.AllowedModels, v1alpha1.ModelPermission{Namespaces: builder.AllNamespaces(), Aliases: []v1alpha1.Alias{"champion"}})
		})
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})

	It("lets a namespace with some aliases have no stage of MLflow's own", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(e.ownNamespaceSelection(), "", "staging") })
		e.registerModel(ctx, nil)
		e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection).Stages(builder.Stage("staging").MLflowStage("Production")))
		e.createObject(ctx, builder.Promotion("to-staging").Stage("staging").Version("1"))
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.stageNotAllowedMessage("Production", modelName))...)
		waitForConditions(ctx, e.promotionObject("to-staging"), unresolvedConditions("Stalled", "Forbidden", e.stageNotAllowedMessage("Production", modelName))...)
		e.expectNoWrites()

		By("leaving it out")
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].MLflowStage = "" })
		waitForConditions(ctx, e.promotionObject("to-staging"), expectation{version: "1", stage: "staging", alias: "staging"}.promotedConditions()...)
		Expect(e.mlflow.Version(modelName, "1").CurrentStage).To(Equal("None"))

		By("asking for it again, and getting another entry")
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].MLflowStage = "Production" })
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.stageNotAllowedMessage("Production", modelName))...)
		e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = append(s.AllowedModels, v1alpha1.ModelPermission{Namespaces: e.ownNamespaceSelection(), ModelPattern: modelName})
		})
		waitForConditions(ctx, e.promotionObject("to-staging"), expectation{version: "1", stage: "staging", alias: "staging"}.promotedConditions()...)
		Eventually(func() string { return e.mlflow.Version(modelName, "1").CurrentStage }).WithContext(ctx).Should(Equal("Production"))
	})

	It("asks for the aliases of a class as for the model's own", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(e.ownNamespaceSelection(), "", "staging") })
		e.createClass(ctx, e.newClass())
		e.registerModel(ctx, metrics{"accuracy": "0.9"})
		e.createObject(ctx, e.newClassifiedModel().ClusterConnection(e.sharedConnection))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.aliasNotAllowedMessage("champion", modelName))...)
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", e.aliasNotAllowedMessage("champion", modelName))...)
		e.expectNoWrites()

		By("allowing it")
		e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels[0].Aliases = []v1alpha1.Alias{"champion"}
		})
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)

		By("adding a stage to the class")
		e.mlflow.ResetCalls()
		editObject(ctx, e.classObject(), func(c *v1alpha1.ModelClass) {
			c.Spec.Stages = append(c.Spec.Stages, builder.Stage("archive").Build())
		})
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.aliasNotAllowedMessage("archive", modelName))...)
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", e.aliasNotAllowedMessage("archive", modelName))...)
		e.expectNoWrites()
	})

	It("is polled once for all of them, and idle when they are", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(_ *env, b *builder.ClusterConnectionBuilder) { b.AllowedNamespaces(builder.AllNamespaces()) })
		other := e.newNeighborEnv(ctx)
		e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection).Stages(builder.Stage("production")))
		other.createObject(ctx, builder.RegisteredModel("topics").ClusterConnection(e.sharedConnection).Stages(builder.Stage("production")))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, other.modelObject("topics"), syncedConditions("topics")...)
		for _, model := range []string{modelName, "topics"} {
			e.registerRunVersion(ctx, model, nil, nil)
		}
		e.mlflow.ResetCalls()
		e.pollRepeatedly(ctx, 1)
		for of, m := range map[*env]*v1alpha1.RegisteredModel{e: e.modelObject(modelName), other: other.modelObject("topics")} {
			Eventually(func(g Gomega) {
				g.Expect(controlPlane.Client.Get(ctx, objectKey(m), m)).To(Succeed())
				g.Expect(m.Status.LatestVersion).To(Equal(v1alpha1.Version("1")), of.namespace)
			}).WithContext(ctx).Should(Succeed())
		}
		Expect(e.mlflow.CountCalls("registered-models/search")).To(Equal(1))

		objects := []client.Object{e.modelObject(modelName), other.modelObject("topics")}
		before := getResourceVersions(ctx, objects)
		e.pollRepeatedly(ctx, 3)
		Expect(getResourceVersions(ctx, objects)).To(Equal(before))
		e.expectNoWrites()
	})

	It("is missed by those that name it, and comes back", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{})
		e.sharedConnection = e.namespace
		missing := "there is no ClusterMLflowConnection " + e.sharedConnection + ": create it"
		By("having a connection of that name in the namespace, which is another one")
		namesake := e.newConnection().Build()
		namesake.Name = e.sharedConnection
		e.createObject(ctx, namesake)
		e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection))
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("ReferenceNotFound", missing)...)

		e.createSharedConnection(ctx, e.newConnection())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(controlPlane.Client.Delete(ctx, e.sharedConnectionObject())).To(Succeed())
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("ReferenceNotFound", missing)...)
	})
})
