// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package model

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

const recreatedEvent = "Warning ModelRecreated: model sentiment was deleted in MLflow and created again externally: " +
	"to the operator it is a new model"

var _ = Describe("A model that was deleted and created again since the last poll", func() {
	It("keeps a tag of a user whose key the operator wrote before", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		e.RecreateModel(ctx)
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { delete(m.Spec.Tags, "team") })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue("team", "vision"))
		Eventually(func() []string {
			return e.ListEvents(ctx, "RegisteredModel",
				env.ModelName)
		}).WithContext(ctx).Should(ContainElement(recreatedEvent))
	})

	It("is not adopted if adoptionPolicy is CreateOnly", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewDescribedModel().AdoptionPolicy(v1alpha1.AdoptionPolicyCreateOnly))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.MLflow.ResetCalls()
		e.RecreateModel(ctx)
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Description = new("Mood") })
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "NameConflict",
			modelExistsMessage)...)
		e.ExpectNoWrites()
		e.WaitForModelEvents(ctx, env.ModelName, env.ModelCreatedEvent, recreatedEvent)
	})
})

var _ = Describe("During the write of a model", func() {
	It("an edit of the object loses no event", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		rule := e.MLflow.InjectFault(mlflowtest.CallsTo(env.SetTagEndpoint), mlflowtest.RunAfter(func(mlflowtest.Call) {
			defer GinkgoRecover()
			e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Labels = map[string]string{"edited": "yes"} })
		}).Times(1))
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "vision-team" })
		e.WaitForModelEvents(ctx, env.ModelName, env.ModelCreatedEvent,
			`Normal Updated: model sentiment in MLflow changed: tags/owner from "nlp-team" to "vision-team"`)
		Expect(rule.Hits()).To(Equal(1))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	})

	It("a connection that is edited to another server writes nothing more to the old one", func(ctx SpecContext) {
		e := env.NewSynced(ctx)
		gate := e.MLflow.NewBarrier()
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.GetModelEndpoint), gate.BlockRequest())
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) { m.Spec.Owner = "vision-team" })
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		e.ChangeServer(ctx)
		gate.Release()
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "ReferenceNotFound", env.ModelDeletedMessage(env.ModelName))...)
		e.ExpectNoWrites()
	})
})
