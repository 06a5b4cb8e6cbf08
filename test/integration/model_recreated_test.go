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

// setTagEndpoint is the write of one tag of a model.
const setTagEndpoint = "registered-models/set-tag"

// recreateModel makes another model under the name, with a tag that a person wrote.
func (e *env) recreateModel(ctx SpecContext) {
	GinkgoHelper()
	Expect(e.user.DeleteModel(ctx, modelName)).To(Succeed())
	Expect(e.user.CreateModel(ctx, modelName, map[string]string{"team": "vision"})).To(Succeed())
}

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
		waitForConditions(ctx, e.modelObject(modelName), unsyncedConditions("Stalled", "ReferenceNotFound", goneMessage(modelName))...)
		e.expectNoWrites()
	})
})

// changeServer makes the connection lead to another MLflow, and waits until it does.
func (e *env) changeServer(ctx SpecContext) {
	GinkgoHelper()
	other := mlflowtest.Start(mlflowtest.Options{})
	DeferCleanup(other.Close)
	before, err := provider.Get(e.connectionKey())
	Expect(err).NotTo(HaveOccurred())
	editObject(ctx, e.connectionObject(), func(c *v1alpha1.MLflowConnection) {
		c.Spec.URL = builder.Connection("other").URL(other.URL).Build().Spec.URL
	})
	Eventually(func(g Gomega) {
		now, err := provider.Get(e.connectionKey())
		g.Expect(err).NotTo(HaveOccurred())
		// A matcher on the views themselves would print them, and read what others write.
		replaced := now != before
		g.Expect(replaced).To(BeTrue())
	}).WithContext(ctx).Should(Succeed())
}
