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

// newSharedChampionEnv is a world in which version 1 of a model on a shared connection holds
// production, and version 2 may.
func newSharedChampionEnv(ctx SpecContext, how ...func(*env, *builder.ClusterConnectionBuilder)) *env {
	GinkgoHelper()
	e := newSharedEnv(ctx, how...)
	e.registerModel(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
	e.createObject(ctx, newGatedModel().ClusterConnection(e.sharedConnection))
	e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
	waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	return e
}

var _ = Describe("A namespace that is put out of a shared connection", func() {
	DescribeTable("gets no version promoted whose gates are being evaluated",
		func(ctx SpecContext, revoke func(SpecContext, *env), sentence func(*env) string) {
			e := newSharedChampionEnv(ctx)
			gate := e.blockEvaluation(ctx)
			e.mlflow.ResetCalls()
			revoke(ctx, e)
			gate.Release()
			p := waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", sentence(e))...)
			Expect(listHistory(p)).To(Equal([]string{"Promoted 1 after none"}))
			Expect(p.Status.PendingTransition).To(BeNil())
			waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(sentence(e))...)
			e.expectNoWrites()

			By("letting it in again")
			e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.AllowedNamespaces, s.AllowedModels = e.ownNamespaceSelection(), nil
			})
			p = waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
			Expect(listHistory(p)).To(Equal([]string{"Promoted 2 after 1", "Promoted 1 after none"}))
		},
		Entry("the namespace itself", func(ctx SpecContext, e *env) { e.allowNamespaces(ctx, missingNamespaceSelection()) }, (*env).namespaceNotAllowedMessage),
		Entry("its model", func(ctx SpecContext, e *env) {
			e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: e.ownNamespaceSelection(), ModelPattern: "topics"}}
			})
		}, func(e *env) string { return e.modelNotAllowedMessage(modelName) }),
		Entry("its alias", func(ctx SpecContext, e *env) {
			e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: e.ownNamespaceSelection(), Aliases: []v1alpha1.Alias{"staging"}}}
			})
		}, func(e *env) string { return e.aliasNotAllowedMessage("champion", modelName) }),
	)

	It("by a label that goes away, gets no version promoted either", func(ctx SpecContext) {
		e := newSharedEnv(ctx, func(_ *env, b *builder.ClusterConnectionBuilder) {
			b.AllowedNamespaces(builder.NamespacesWithLabel("team", "nlp"))
		})
		e.setNamespaceLabel(ctx, "team", "nlp")
		e.registerModel(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		e.createObject(ctx, newGatedModel().ClusterConnection(e.sharedConnection))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		gate := e.blockEvaluation(ctx)
		e.mlflow.ResetCalls()
		e.setNamespaceLabel(ctx, "team", "")
		gate.Release()
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", e.namespaceNotAllowedMessage())...)
		e.expectNoWrites()
	})

	It("gets no alias put back that another hand moves", func(ctx SpecContext) {
		e := newSharedChampionEnv(ctx)
		e.allowNamespaces(ctx, missingNamespaceSelection())
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", e.namespaceNotAllowedMessage())...)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		e.mlflow.ResetCalls()
		e.pollRepeatedly(ctx, 2)
		e.expectNoWrites()
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("2"))
	})

	It("gets no tag written that is on its way", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		e.createObject(ctx, newDescribedModel().ClusterConnection(e.sharedConnection))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		gate := e.mlflow.NewBarrier()
		e.mlflow.InjectFault(mlflowtest.CallsTo("registered-models/get"), gate.BlockRequest())
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "somebody-else" })
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		e.mlflow.ResetCalls()
		e.allowNamespaces(ctx, missingNamespaceSelection())
		gate.Release()
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.namespaceNotAllowedMessage())...)
		e.expectNoWrites()
	})

	It("is told so while the server is down", func(ctx SpecContext) {
		e := newSharedChampionEnv(ctx)
		e.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		provider.PollNow(e.connectionKey())
		Eventually(func() bool { return provider.State(e.connectionKey()).Ready }).WithContext(ctx).Should(BeFalse())
		e.allowNamespaces(ctx, missingNamespaceSelection())
		waitForConditions(ctx, e.modelObject(modelName), notAllowedConditions(e.namespaceNotAllowedMessage())...)
	})
})

var _ = Describe("A shared connection with a rule that can't be carried out", func() {
	It("serves nobody, and tells the reason to none but its owner", func(ctx SpecContext) {
		e := newSharedChampionEnv(ctx)
		e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: builder.Namespaces("merger"), ModelPattern: "acquisition_("}}
		})
		waitForConditions(ctx, e.sharedConnectionObject(), invalidPolicyConditions("allowedModels[0].modelPattern is not a valid RE2 regular expression: "+
			"error parsing regexp: missing closing ): `acquisition_(`: change it")...)
		vague := "ClusterMLflowConnection " + e.sharedConnection + " has rules that can't be carried out, as its conditions say: have them mended"
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("InvalidPolicy", vague)...)
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "InvalidPolicy", vague)...)
		Expect(provider.State(e.connectionKey()).Ready).To(BeFalse())

		e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels = nil })
		waitForConditions(ctx, e.sharedConnectionObject(), reachableSharedConditions(e, anonymousMessage)...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})
})
