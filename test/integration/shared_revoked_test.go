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
	w := newSharedEnv(ctx, how...)
	w.registerModel(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
	w.createObject(ctx, newGatedModel().ClusterConnection(w.shared))
	w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
	waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	return w
}

var _ = Describe("A namespace that is put out of a shared connection", func() {
	DescribeTable("gets no version promoted whose gates are being evaluated",
		func(ctx SpecContext, revoke func(SpecContext, *env), sentence func(*env) string) {
			w := newSharedChampionEnv(ctx)
			gate := w.blockEvaluation(ctx)
			w.mlflow.ResetCalls()
			revoke(ctx, w)
			gate.Release()
			p := waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", sentence(w))...)
			Expect(historyEntries(p)).To(Equal([]string{"Promoted 1 after none"}))
			Expect(p.Status.PendingTransition).To(BeNil())
			waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(sentence(w))...)
			w.expectNoWrites()

			By("letting it in again")
			w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.AllowedNamespaces, s.AllowedModels = w.selectNamespace(), nil
			})
			p = waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "2"}.promotedConditions()...)
			Expect(historyEntries(p)).To(Equal([]string{"Promoted 2 after 1", "Promoted 1 after none"}))
		},
		Entry("the namespace itself", func(ctx SpecContext, w *env) { w.allowNamespaces(ctx, selectMissingNamespace()) }, (*env).namespaceNotAllowedMessage),
		Entry("its model", func(ctx SpecContext, w *env) {
			w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: w.selectNamespace(), ModelPattern: "topics"}}
			})
		}, func(w *env) string { return w.modelNotAllowedMessage(modelName) }),
		Entry("its alias", func(ctx SpecContext, w *env) {
			w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
				s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: w.selectNamespace(), Aliases: []v1alpha1.Alias{"staging"}}}
			})
		}, func(w *env) string { return w.aliasNotAllowedMessage("champion", modelName) }),
	)

	It("by a label that goes away, gets no version promoted either", func(ctx SpecContext) {
		w := newSharedEnv(ctx, func(_ *env, b *builder.ClusterConnectionBuilder) {
			b.AllowedNamespaces(builder.NamespacesWithLabel("team", "nlp"))
		})
		w.setNamespaceLabel(ctx, "team", "nlp")
		w.registerModel(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
		w.createObject(ctx, newGatedModel().ClusterConnection(w.shared))
		w.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		gate := w.blockEvaluation(ctx)
		w.mlflow.ResetCalls()
		w.setNamespaceLabel(ctx, "team", "")
		gate.Release()
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", w.namespaceNotAllowedMessage())...)
		w.expectNoWrites()
	})

	It("gets no alias put back that another hand moves", func(ctx SpecContext) {
		w := newSharedChampionEnv(ctx)
		w.allowNamespaces(ctx, selectMissingNamespace())
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Stalled", "Forbidden", w.namespaceNotAllowedMessage())...)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.mlflow.ResetCalls()
		w.pollTimes(ctx, 2)
		w.expectNoWrites()
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("2"))
	})

	It("gets no tag written that is on its way", func(ctx SpecContext) {
		w := newSharedEnv(ctx)
		w.createObject(ctx, newDescribedModel().ClusterConnection(w.shared))
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		gate := w.mlflow.NewBarrier()
		w.mlflow.InjectFault(mlflowtest.CallsTo("registered-models/get"), gate.BlockRequest())
		editObject(ctx, w.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "somebody-else" })
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		w.mlflow.ResetCalls()
		w.allowNamespaces(ctx, selectMissingNamespace())
		gate.Release()
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.namespaceNotAllowedMessage())...)
		w.expectNoWrites()
	})

	It("is told so while the server is down", func(ctx SpecContext) {
		w := newSharedChampionEnv(ctx)
		w.mlflow.InjectFault(mlflowtest.AnyCall(), mlflowtest.DropConnection())
		provider.PollNow(w.connectionKey())
		Eventually(func() bool { return provider.State(w.connectionKey()).Ready }).WithContext(ctx).Should(BeFalse())
		w.allowNamespaces(ctx, selectMissingNamespace())
		waitForConditions(ctx, w.modelObject(modelName), notAllowedConditions(w.namespaceNotAllowedMessage())...)
	})
})

var _ = Describe("A shared connection with a rule that can't be carried out", func() {
	It("serves nobody, and tells the reason to none but its owner", func(ctx SpecContext) {
		w := newSharedChampionEnv(ctx)
		w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) {
			s.AllowedModels = []v1alpha1.ModelPermission{{Namespaces: builder.Namespaces("merger"), ModelPattern: "acquisition_("}}
		})
		waitForConditions(ctx, w.sharedConnectionObject(), invalidPolicyConditions("allowedModels[0].modelPattern is not a valid RE2 regular expression: "+
			"error parsing regexp: missing closing ): `acquisition_(`: change it")...)
		vague := "ClusterMLflowConnection " + w.shared + " has rules that can't be carried out, as its conditions say: have them mended"
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("InvalidPolicy", vague)...)
		waitForConditions(ctx, w.promotionObject(toProduction), unresolvedConditions("Reconciling", "InvalidPolicy", vague)...)
		Expect(provider.State(w.connectionKey()).Ready).To(BeFalse())

		w.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels = nil })
		waitForConditions(ctx, w.sharedConnectionObject(), reachableSharedConditions(w, anonymous)...)
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		waitForConditions(ctx, w.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	})
})
