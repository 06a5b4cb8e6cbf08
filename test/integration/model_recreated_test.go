// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

const recreatedEvent = "Warning ModelRecreated: model sentiment was deleted in MLflow and created again externally: " +
	"to the operator it is a new model"

var _ = Describe("A model that was created again since the last poll", func() {
	It("loses no tag that a person wrote, though the operator wrote one of that key before", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		e.recreateModel(ctx)
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { delete(m.Spec.Tags, "team") })
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "vision"))
		Eventually(func() []string { return e.listEvents(ctx, "RegisteredModel", modelName) }).WithContext(ctx).Should(ContainElement(recreatedEvent))
	})

	It("is not adopted where only a new one is wanted", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyCreateOnly))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.mlflow.ResetCalls()
		e.recreateModel(ctx)
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Description = new("Mood") })
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "NameConflict",
			"model sentiment exists in MLflow already, and adoptionPolicy is CreateOnly: set adoptionPolicy to CreateOrAdopt, or choose another modelName")...)
		e.expectNoWrites()
		e.waitForModelEvents(ctx, modelName, "Normal Created: model sentiment created in MLflow", recreatedEvent)
	})
})

var _ = Describe("While a model is being written", func() {
	It("an edit of the object keeps nothing from being told", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		rule := e.mlflow.InjectFault(mlflowtest.CallsTo(setTagEndpoint), mlflowtest.RunAfter(func(mlflowtest.Call) {
			defer GinkgoRecover()
			editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Labels = map[string]string{"edited": "meanwhile"} })
		}).Times(1))
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "vision-team" })
		e.waitForModelEvents(ctx, modelName, "Normal Created: model sentiment created in MLflow",
			`Normal Updated: model sentiment in MLflow changed: tags/owner from "nlp-team" to "vision-team"`)
		Expect(rule.Hits()).To(Equal(1))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	})

	It("a connection that comes to lead elsewhere leaves the old server as it is", func(ctx SpecContext) {
		e := newSyncedEnv(ctx)
		gate := e.mlflow.NewBarrier()
		e.mlflow.InjectFault(mlflowtest.CallsTo(getModelEndpoint), gate.BlockRequest())
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "vision-team" })
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		e.changeServer(ctx)
		gate.Release()
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "ReferenceNotFound", modelDeletedMessage(modelName))...)
		e.expectNoWrites()
	})
})
