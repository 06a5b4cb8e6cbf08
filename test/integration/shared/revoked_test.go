// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package shared

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// newSharedChampionEnv returns an env with a model on a shared connection. Version 1 is in production, and version
// 2 passes its gates.
func newSharedChampionEnv(ctx SpecContext, how ...func(*env.Env, *builder.ClusterConnectionBuilder)) *env.Env {
	GinkgoHelper()
	e := newSharedEnv(ctx, how...)
	e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
	e.CreateObject(ctx, env.NewGatedModel().ClusterConnection(e.SharedConnection))
	e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
	e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	return e
}

var _ = Describe("A namespace whose access to a shared connection is revoked", func() {
	DescribeTable("gets no version promoted whose evaluation has begun",
		func(ctx SpecContext, revoke func(SpecContext, *env.Env), sentence func(*env.Env) string) {
			e := newSharedChampionEnv(ctx)
			gate := e.BlockEvaluation(ctx)
			e.MLflow.ResetCalls()
			revoke(ctx, e)
			gate.Release()
			p := e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Forbidden", sentence(e))...)
			Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
			Expect(p.Status.PendingTransition).To(BeNil())
			e.WaitForModel(ctx, notAllowedConditions(sentence(e))...)
			e.ExpectNoWrites()

			By("allowing it again")
			editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.AllowedNamespaces, s.AllowedModels = ownNamespaceSelection(e), nil
			})
			p = e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
			Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 2 after 1", "Promoted 1 after none"}))
		},
		Entry("for the namespace", func(ctx SpecContext, e *env.Env) { allowNamespaces(ctx, e, missingNamespaceSelection()) },
			namespaceNotAllowedMessage),
		Entry("for the model", func(ctx SpecContext, e *env.Env) {
			editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: ownNamespaceSelection(e), ModelPattern: "topics"}}
			})
		}, func(e *env.Env) string { return modelNotAllowedMessage(e, env.ModelName) }),
		Entry("for the alias", func(ctx SpecContext, e *env.Env) {
			editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: ownNamespaceSelection(e), Aliases: []v1alpha1.Alias{"staging"}}}
			})
		}, func(e *env.Env) string { return aliasNotAllowedMessage(e, "champion", env.ModelName) }),
	)

	It("gets no version promoted after it lost its label", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(_ *env.Env, b *builder.ClusterConnectionBuilder) {
			b.AllowedNamespaces(builder.NamespacesWithLabel("team", "nlp"))
		})
		setNamespaceLabel(ctx, e, "team", "nlp")
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
		e.CreateObject(ctx, env.NewGatedModel().ClusterConnection(e.SharedConnection))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		gate := e.BlockEvaluation(ctx)
		e.MLflow.ResetCalls()
		setNamespaceLabel(ctx, e, "team", "")
		gate.Release()
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Forbidden", namespaceNotAllowedMessage(e))...)
		e.ExpectNoWrites()
	})

	It("gets no drift reverted", func(ctx SpecContext) {
		e := newSharedChampionEnv(ctx)
		allowNamespaces(ctx, e, missingNamespaceSelection())
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "Forbidden", namespaceNotAllowedMessage(e))...)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.MLflow.ResetCalls()
		e.PollRepeatedly(ctx, 2)
		e.ExpectNoWrites()
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("2"))
	})

	It("gets no tag written whose reconcile has begun", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		e.CreateObject(ctx, env.NewDescribedModel().ClusterConnection(e.SharedConnection))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		gate := e.MLflow.NewBarrier()
		e.MLflow.InjectFault(mlflowtest.CallsTo("registered-models/get"), gate.BlockRequest())
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "another-team" })
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		e.MLflow.ResetCalls()
		allowNamespaces(ctx, e, missingNamespaceSelection())
		gate.Release()
		e.WaitForModel(ctx, notAllowedConditions(namespaceNotAllowedMessage(e))...)
		e.ExpectNoWrites()
	})

	It("reports that while the server is down", func(ctx SpecContext) {
		e := newSharedChampionEnv(ctx)
		e.MLflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		env.Provider.PollNow(e.ConnectionKey())
		Eventually(func() bool { return env.Provider.State(e.ConnectionKey()).Ready }).WithContext(ctx).Should(BeFalse())
		allowNamespaces(ctx, e, missingNamespaceSelection())
		e.WaitForModel(ctx, notAllowedConditions(namespaceNotAllowedMessage(e))...)
	})
})

var _ = Describe("A shared connection with an invalid policy", func() {
	It("allows no namespace, and shows the reason in its own status only", func(ctx SpecContext) {
		e := newSharedChampionEnv(ctx)
		editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: builder.Namespaces("merger"), ModelPattern: "acquisition_("}}
		})
		e.WaitForSharedConnection(ctx, invalidPolicyConditions("allowedModels[0].modelPattern is not a valid RE2 regular expression: "+
			"error parsing regexp: missing closing ): `acquisition_(`: change it")...)
		vague := "ClusterMLflowConnection " + e.SharedConnection + " has an invalid policy, as its conditions say: ask its owner to correct it"
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("InvalidPolicy", vague)...)
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "InvalidPolicy", vague)...)
		Expect(env.Provider.State(e.ConnectionKey()).Ready).To(BeFalse())

		editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels = nil })
		e.WaitForSharedConnection(ctx, reachableSharedConditions(e, env.AnonymousMessage)...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	})
})
