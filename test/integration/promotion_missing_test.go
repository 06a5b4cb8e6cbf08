// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A promotion of what does not exist", func() {
	It("waits for its model", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "ModelNotReady",
			"there is no RegisteredModel sentiment: create it")...)
		e.createObject(ctx, newModelWithGates())
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})

	It("waits for its model in MLflow", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newModelWithGates().AdoptionPolicy(v1alpha1.AdoptionPolicyAdoptOnly))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Reconciling", "ModelNotReady",
			"RegisteredModel sentiment is not ready: model sentiment does not exist in MLflow, and adoptionPolicy is AdoptOnly: "+
				"create it there, or set adoptionPolicy to CreateOrAdopt")...)
		e.registerModel(ctx, nil)
		e.pollNow()
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})

	It("says which stage is missing, and goes on when it is added", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, builder.RegisteredModel(modelName).Stages(builder.Stage("staging")))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "ReferenceNotFound",
			"RegisteredModel sentiment has no stage production: add it there, or delete this promotion")...)
		editObject(ctx, e.modelObject(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages = append(m.Spec.Stages, builder.Stage("production").Alias("champion").Build())
		})
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})

	It("says which version is missing, and promotes it once it is registered", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newGatedModel(), metrics{"accuracy": "0.9"})
		e.setVersion(ctx, toProduction, "2")
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "2", reason: "VersionNotFound", currentVersion: "version 1", detail: "version 2 of model sentiment does not exist",
		}.stalledConditions()...)
		e.registerRunVersion(ctx, modelName, metrics{"accuracy": "0.95"}, nil)
		e.pollNow()
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
	})

	It("waits for a version that is still being registered", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.mlflow.InjectFault(mlflowtest.CallsTo("model-versions/get"), newPendingFault(e, "1"))
		e.createObject(ctx, newModelWithGates())
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "VersionNotReady", detail: "version 1 is still being registered (PENDING_REGISTRATION)",
		}.waitingConditions()...)
		Expect(e.listAliasWrites()).To(BeEmpty())
		e.mlflow.ClearFaults()
		requestReconcile(ctx, p)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
	})
})

// newPendingFault is the answer about a version whose files are on their way.
func newPendingFault(e *env, version string) mlflowtest.Fault {
	GinkgoHelper()
	there := e.mlflow.Version(modelName, version)
	body, err := json.Marshal(map[string]any{"model_version": map[string]any{
		"name": modelName, "version": version, "status": "PENDING_REGISTRATION", "current_stage": "None",
		"source": there.Source, "run_id": there.RunID, "creation_timestamp": int64(there.CreationTimestamp),
	}})
	Expect(err).NotTo(HaveOccurred())
	return mlflowtest.RespondWith(http.StatusOK, "application/json", string(body))
}

var _ = Describe("A promoted version that somebody deletes", func() {
	It("is reported, and another one can take its place", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newModelWithGates(), nil, nil)
		Expect(e.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		e.pollNow()
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "VersionNotFound", detail: "version 1 of model sentiment was deleted",
		}.stalledConditions()...)
		Expect(p.Status.CurrentVersion).To(BeEmpty())
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("is reported also where MLflow lets the alias dangle", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{Version: mlflowtest.Version2})
		e.createObject(ctx, e.newConnection())
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newModelWithGates())
		p := e.createObject(ctx, builder.Promotion(toProduction).Version("1")).(*v1alpha1.ModelPromotion)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(e.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, p, expectation{
			version: "1", reason: "VersionNotFound", detail: "version 1 of model sentiment was deleted",
		}.currentButBlockedConditions()...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
	})

	It("is not taken for the one that has its number after the model was created again", func(ctx SpecContext) {
		e := newPromotedEnv(ctx, newModelWithGates(), nil)
		Expect(e.user.DeleteModel(ctx, modelName)).To(Succeed())
		e.registerModel(ctx, nil, nil)
		e.pollNow()
		p := waitForConditions(ctx, e.promotionObject(toProduction), expectation{
			version: "1", reason: "VersionNotFound",
			detail: "model sentiment was deleted and created again since version 1 was chosen",
		}.stalledConditions()...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(BeEmpty())
		e.setVersion(ctx, toProduction, "2")
		waitForConditions(ctx, p, expectation{version: "2"}.promotedConditions()...)
		Expect(listHistory(p)).To(Equal([]string{"Promoted 2 after none", "Promoted 1 after none"}))
	})
})
