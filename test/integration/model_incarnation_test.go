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

// setTag is the write of one tag of a model.
const setTag = "registered-models/set-tag"

// recreate makes another model under the name, with a tag that a person wrote.
func (w *world) recreate(ctx SpecContext) {
	GinkgoHelper()
	Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
	Expect(w.user.CreateModel(ctx, modelName, map[string]string{"team": "vision"})).To(Succeed())
}

const recreatedEvent = "Warning Recreated: model sentiment was deleted in MLflow and created again by another hand: " +
	"to the operator it is a new model"

var _ = Describe("A model that was created again since the last poll", func() {
	It("loses no tag that a person wrote, though the operator wrote one of that key before", func(ctx SpecContext) {
		w := kept(ctx)
		w.recreate(ctx)
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { delete(m.Spec.Tags, "team") })
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("team", "vision"))
		Eventually(func() []string { return w.told(ctx, "RegisteredModel", modelName) }).WithContext(ctx).Should(ContainElement(recreatedEvent))
	})

	It("is not adopted where only a new one is wanted", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, described().Adoption(v1alpha1.AdoptionCreateOnly))
		shows(ctx, w.model(modelName), synced(modelName)...)
		w.mlflow.Reset()
		w.recreate(ctx)
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Description = new("Mood") })
		shows(ctx, w.model(modelName), unsynced("Stalled", "AlreadyExists",
			"model sentiment exists in MLflow already, and adoption is CreateOnly: set adoption to CreateOrAdopt, or choose another modelName")...)
		w.wroteNothing()
		w.tellsOfModel(ctx, modelName, "Normal Created: model sentiment created in MLflow", recreatedEvent)
	})
})

var _ = Describe("While a model is being written", func() {
	It("an edit of the object keeps nothing from being told", func(ctx SpecContext) {
		w := kept(ctx)
		rule := w.mlflow.Fail(mlflowtest.Endpoint(setTag), mlflowtest.After(func(mlflowtest.Call) {
			defer GinkgoRecover()
			edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Labels = map[string]string{"edited": "meanwhile"} })
		}).Times(1))
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "vision-team" })
		w.tellsOfModel(ctx, modelName, "Normal Created: model sentiment created in MLflow",
			`Normal Updated: model sentiment in MLflow changed: tags/owner from "nlp-team" to "vision-team"`)
		Expect(rule.Hits()).To(Equal(1))
		shows(ctx, w.model(modelName), synced(modelName)...)
	})

	It("a connection that comes to lead elsewhere leaves the old server as it is", func(ctx SpecContext) {
		w := kept(ctx)
		gate := w.mlflow.Gate()
		w.mlflow.Fail(mlflowtest.Endpoint(getModel), gate.Hold())
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "vision-team" })
		Eventually(gate.Arrived()).WithContext(ctx).Should(Receive())
		w.reconnect(ctx)
		gate.Open()
		shows(ctx, w.model(modelName), unsynced("Stalled", "NotFound", gone(modelName))...)
		w.wroteNothing()
	})
})

// reconnect makes the connection lead to another MLflow, and waits until it does.
func (w *world) reconnect(ctx SpecContext) {
	GinkgoHelper()
	other := mlflowtest.Start(mlflowtest.Options{})
	DeferCleanup(other.Close)
	before, err := provider.Get(w.key())
	Expect(err).NotTo(HaveOccurred())
	edit(ctx, w.theConnection(), func(c *v1alpha1.MLflowConnection) {
		c.Spec.URL = builder.Connection("other").URL(other.URL).Build().Spec.URL
	})
	Eventually(func(g Gomega) {
		now, err := provider.Get(w.key())
		g.Expect(err).NotTo(HaveOccurred())
		// A matcher on the views themselves would print them, and read what others write.
		replaced := now != before
		g.Expect(replaced).To(BeTrue())
	}).WithContext(ctx).Should(Succeed())
}
