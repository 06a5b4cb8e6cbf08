// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package shared

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A ClusterMLflowConnection", func() {
	It("allows the namespaces that it names, and denies others", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		other := e.NewNeighbor(ctx)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection))
		e.WaitForSharedConnection(ctx, reachableSharedConditions(e, env.AnonymousMessage)...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue(v1alpha1.ManagedByTag, e.OwnerTag(env.ModelName)))

		other.CreateObject(ctx, builder.RegisteredModel("topics").ClusterConnection(e.SharedConnection).Stages(builder.Stage("production")))
		other.CreateObject(ctx, builder.Promotion(env.ToProduction).Model("topics"))
		env.WaitForConditions(ctx, other.ModelObject("topics"), notAllowedConditions(namespaceNotAllowedMessage(other))...)
		other.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Forbidden", namespaceNotAllowedMessage(other))...)
		for _, call := range e.MLflow.Calls() {
			Expect(call.Args.String("name")).NotTo(Equal("topics"), "nothing is even read for it")
		}

		By("adding the name of the namespace")
		allowNamespaces(ctx, e, builder.Namespaces(v1alpha1.NamespaceName(e.Namespace), v1alpha1.NamespaceName(other.Namespace)))
		env.WaitForConditions(ctx, other.ModelObject("topics"), env.SyncedConditions("topics")...)
		Expect(e.MLflow.ModelNames()).To(Equal([]string{env.ModelName, "topics"}))
	})

	It("allows namespaces with a label while they have it", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(_ *env.Env, b *builder.ClusterConnectionBuilder) {
			b.AllowedNamespaces(builder.NamespacesWithLabel("team", "nlp"))
		})
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.91"})
		e.CreateObject(ctx, env.NewGatedModel().ClusterConnection(e.SharedConnection))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForModel(ctx, notAllowedConditions(namespaceNotAllowedMessage(e))...)
		e.ExpectNoWrites()

		setNamespaceLabel(ctx, e, "team", "vision")
		setNamespaceLabel(ctx, e, "team", "nlp")
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)

		By("removing the label")
		e.WaitForStageStatus(ctx)
		e.MLflow.ResetCalls()
		setNamespaceLabel(ctx, e, "team", "")
		e.WaitForModel(ctx, notAllowedConditions(namespaceNotAllowedMessage(e))...)
		p := e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Forbidden", namespaceNotAllowedMessage(e))...)
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Forbidden", namespaceNotAllowedMessage(e))...)
		Expect(e.MLflow.Calls()).To(BeEmpty())

		By("setting the label again")
		e.SetVersion(ctx, env.ToProduction, "1")
		setNamespaceLabel(ctx, e, "team", "nlp")
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.ExpectNoWrites()
	})

	It("allows all namespaces if the selector matches all", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(_ *env.Env, b *builder.ClusterConnectionBuilder) { b.AllowedNamespaces(builder.AllNamespaces()) })
		other := e.NewNeighbor(ctx)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection))
		other.CreateObject(ctx, builder.RegisteredModel("topics").ClusterConnection(e.SharedConnection))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		env.WaitForConditions(ctx, other.ModelObject("topics"), env.SyncedConditions("topics")...)
	})

	It("allows a namespace only the models that match a pattern", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env.Env, b *builder.ClusterConnectionBuilder) {
			b.AllowedModel(ownNamespaceSelection(e), "neuro_.*")
		})
		e.CreateObject(ctx, builder.RegisteredModel("fits").ModelName("neuro_sentiment").ClusterConnection(e.SharedConnection))
		e.CreateObject(ctx, builder.RegisteredModel("ends-well").ModelName("my_neuro_sentiment").ClusterConnection(e.SharedConnection))
		env.WaitForConditions(ctx, e.ModelObject("fits"), env.SyncedConditions("neuro_sentiment")...)
		env.WaitForConditions(ctx, e.ModelObject("ends-well"), notAllowedConditions(modelNotAllowedMessage(e, "my_neuro_sentiment"))...)

		editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels[0].ModelPattern = ".*neuro_.*" })
		env.WaitForConditions(ctx, e.ModelObject("ends-well"), env.SyncedConditions("my_neuro_sentiment")...)
	})

	It("allows a namespace only some aliases", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env.Env, b *builder.ClusterConnectionBuilder) {
			b.AllowedModel(ownNamespaceSelection(e), "", "staging")
		})
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection).Stages(
			builder.Stage("staging"), builder.Stage("production").Alias("champion")))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForModel(ctx, notAllowedConditions(aliasNotAllowedMessage(e, "champion", env.ModelName))...)
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Forbidden", aliasNotAllowedMessage(e, "champion", env.ModelName))...)
		e.ExpectNoWrites()

		By("removing the stage")
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Stages = m.Spec.Stages[:1] })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)

		By("requesting it again, with another entry")
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages = append(m.Spec.Stages, builder.Stage("production").Alias("champion").Build())
		})
		e.WaitForModel(ctx, notAllowedConditions(aliasNotAllowedMessage(e, "champion", env.ModelName))...)
		editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = append(s.AllowedModels, v1alpha1.ModelPermission{Namespaces: builder.AllNamespaces(),
				Aliases: []v1alpha1.Alias{"champion"}})
		})
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("allows no legacy stage to a namespace that has only some aliases", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env.Env, b *builder.ClusterConnectionBuilder) {
			b.AllowedModel(ownNamespaceSelection(e), "", "staging")
		})
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection).
			Stages(builder.Stage("staging").MLflowStage("Production")))
		e.CreateObject(ctx, builder.Promotion("to-staging").Stage("staging").Version("1"))
		e.WaitForModel(ctx, notAllowedConditions(stageNotAllowedMessage(e, "Production", env.ModelName))...)
		env.WaitForConditions(ctx, e.PromotionObject("to-staging"),
			env.UnresolvedConditions("Stalled", "Forbidden", stageNotAllowedMessage(e, "Production", env.ModelName))...)
		e.ExpectNoWrites()

		By("removing the entry")
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].MLflowStage = "" })
		env.WaitForConditions(ctx, e.PromotionObject("to-staging"),
			env.Expectation{Version: "1", Stage: "staging", Alias: "staging"}.PromotedConditions()...)
		Expect(e.MLflow.Version(env.ModelName, "1").CurrentStage).To(Equal("None"))

		By("requesting it again, with another entry")
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Stages[0].MLflowStage = "Production" })
		e.WaitForModel(ctx, notAllowedConditions(stageNotAllowedMessage(e, "Production", env.ModelName))...)
		editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = append(s.AllowedModels, v1alpha1.ModelPermission{Namespaces: ownNamespaceSelection(e), ModelPattern: env.ModelName})
		})
		env.WaitForConditions(ctx, e.PromotionObject("to-staging"),
			env.Expectation{Version: "1", Stage: "staging", Alias: "staging"}.PromotedConditions()...)
		Eventually(func() string { return e.MLflow.Version(env.ModelName, "1").CurrentStage }).WithContext(ctx).Should(Equal("Production"))
	})

	It("authorizes the aliases of a class like those of the model", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(e *env.Env, b *builder.ClusterConnectionBuilder) {
			b.AllowedModel(ownNamespaceSelection(e), "", "staging")
		})
		e.CreateClass(ctx, e.NewClass())
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"})
		e.CreateObject(ctx, e.NewClassifiedModel().ClusterConnection(e.SharedConnection))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForModel(ctx, notAllowedConditions(aliasNotAllowedMessage(e, "champion", env.ModelName))...)
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Forbidden", aliasNotAllowedMessage(e, "champion", env.ModelName))...)
		e.ExpectNoWrites()

		By("allowing the stage")
		editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels[0].Aliases = []v1alpha1.Alias{"champion"}
		})
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)

		By("adding a stage to the class")
		e.MLflow.ResetCalls()
		env.EditObject(ctx, e.ClassObject(), func(c *v1alpha1.ModelClass) {
			c.Spec.Stages = append(c.Spec.Stages, builder.Stage("archive").Build())
		})
		e.WaitForModel(ctx, notAllowedConditions(aliasNotAllowedMessage(e, "archive", env.ModelName))...)
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Forbidden", aliasNotAllowedMessage(e, "archive", env.ModelName))...)
		e.ExpectNoWrites()
	})

	It("is polled once for all namespaces, and causes no other requests while nothing changes", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(_ *env.Env, b *builder.ClusterConnectionBuilder) { b.AllowedNamespaces(builder.AllNamespaces()) })
		other := e.NewNeighbor(ctx)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection).Stages(builder.Stage("production")))
		other.CreateObject(ctx, builder.RegisteredModel("topics").ClusterConnection(e.SharedConnection).Stages(builder.Stage("production")))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		env.WaitForConditions(ctx, other.ModelObject("topics"), env.SyncedConditions("topics")...)
		for _, model := range []string{env.ModelName, "topics"} {
			e.RegisterRunVersion(ctx, model, nil, nil)
		}
		e.MLflow.ResetCalls()
		e.PollRepeatedly(ctx, 1)
		for of, m := range map[*env.Env]*v1alpha1.RegisteredModel{e: e.ModelObject(env.ModelName), other: other.ModelObject("topics")} {
			Eventually(func(g Gomega) {
				g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(m), m)).To(Succeed())
				g.Expect(m.Status.LatestVersion).To(Equal(v1alpha1.Version("1")), of.Namespace)
			}).WithContext(ctx).Should(Succeed())
		}
		Expect(e.MLflow.CountCalls("registered-models/search")).To(Equal(1))

		objects := []client.Object{e.ModelObject(env.ModelName), other.ModelObject("topics")}
		before := env.GetResourceVersions(ctx, objects)
		e.PollRepeatedly(ctx, 3)
		Expect(env.GetResourceVersions(ctx, objects)).To(Equal(before))
		e.ExpectNoWrites()
	})

	It("can be deleted and created again", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{})
		e.SharedConnection = e.Namespace
		missing := "there is no ClusterMLflowConnection " + e.SharedConnection + ": create it"
		By("creating an MLflowConnection of the same name in the namespace")
		namesake := e.NewConnection().Build()
		namesake.Name = e.SharedConnection
		e.CreateObject(ctx, namesake)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection))
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("ReferenceNotFound", missing)...)

		createSharedConnection(ctx, e, e.NewConnection())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(env.ControlPlane.Client.Delete(ctx, e.SharedConnectionObject())).To(Succeed())
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("ReferenceNotFound", missing)...)
	})
})
