// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"encoding/json"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// versionDeletedMessage is the message of a candidate that was deleted.
const versionDeletedMessage = "version 1 of model sentiment was deleted"

var _ = Describe("A promotion without its model, stage or version", func() {
	It("waits for its model", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "ModelNotReady",
			env.MissingModelMessage)...)
		e.CreateObject(ctx, env.NewModelWithGates())
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("waits for its model in MLflow", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewModelWithGates().AdoptionPolicy(v1alpha1.AdoptionPolicyAdoptOnly))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.UnresolvedConditions("Reconciling", "ModelNotReady",
			env.ModelNotReadyMessage("model sentiment does not exist in MLflow, and adoptionPolicy is AdoptOnly: "+
				"create it there, or set adoptionPolicy to CreateOrAdopt"))...)
		e.RegisterModel(ctx, nil)
		e.PollNow()
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("reports the missing stage, and continues after it is added", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).Stages(builder.Stage("staging")))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "ReferenceNotFound",
			"RegisteredModel sentiment has no stage production: add it there, or delete this promotion")...)
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages = append(m.Spec.Stages, builder.Stage("production").Alias("champion").Build())
		})
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})

	It("reports the missing version, and promotes it after it is registered", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"})
		e.SetVersion(ctx, env.ToProduction, "2")
		p := e.WaitForPromotion(ctx, env.Expectation{
			Version: "2", Reason: "VersionNotFound", CurrentVersion: "version 1", Detail: "version 2 of model sentiment does not exist",
		}.StalledConditions()...)
		e.RegisterRunVersion(ctx, env.ModelName, env.Metrics{"accuracy": "0.95"}, nil)
		e.PollNow()
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)
	})

	It("waits for a version that is still being registered", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.MLflow.InjectFault(mlflowtest.CallsTo("model-versions/get"), newPendingFault(e, "1"))
		e.CreateObject(ctx, env.NewModelWithGates())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "VersionNotReady", Detail: "version 1 is still being registered (PENDING_REGISTRATION)",
		}.WaitingConditions()...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
		e.MLflow.ClearFaults()
		env.RequestReconcile(ctx, p)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
	})
})

// newPendingFault returns the response about a version whose registration is pending.
func newPendingFault(e *env.Env, version string) mlflowtest.Fault {
	GinkgoHelper()
	there := e.MLflow.Version(env.ModelName, version)
	body, err := json.Marshal(map[string]any{"model_version": map[string]any{
		"name": env.ModelName, "version": version, "status": "PENDING_REGISTRATION", "current_stage": "None",
		"source": there.Source, "run_id": there.RunID, "creation_timestamp": int64(there.CreationTimestamp),
	}})
	Expect(err).NotTo(HaveOccurred())
	return mlflowtest.RespondWith(http.StatusOK, "application/json", string(body))
}

var _ = Describe("A promoted version that a user deletes", func() {
	It("is reported, and can be replaced", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(), nil, nil)
		Expect(e.User.DeleteVersion(ctx, env.ModelName, "1")).To(Succeed())
		e.PollNow()
		p := e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "VersionNotFound", Detail: versionDeletedMessage,
		}.StalledConditions()...)
		Expect(p.Status.CurrentVersion).To(BeEmpty())
		e.SetVersion(ctx, env.ToProduction, "2")
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("is reported even if its alias still exists", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{Version: mlflowtest.Version2})
		e.CreateObject(ctx, e.NewConnection())
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, env.NewModelWithGates())
		p := e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1")).(*v1alpha1.ModelPromotion)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.User.DeleteVersion(ctx, env.ModelName, "1")).To(Succeed())
		e.PollNow()
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "1", Reason: "VersionNotFound", Detail: versionDeletedMessage,
		}.CurrentButBlockedConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(Equal("1"))
		e.SetVersion(ctx, env.ToProduction, "2")
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)
	})

	It("is not confused with the version of a model that was created again", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(), nil)
		Expect(e.User.DeleteModel(ctx, env.ModelName)).To(Succeed())
		e.RegisterModel(ctx, nil, nil)
		e.PollNow()
		p := e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "VersionNotFound",
			Detail: "model sentiment was deleted and created again since version 1 was chosen",
		}.StalledConditions()...)
		Expect(e.MLflow.Alias(env.ModelName, "champion")).To(BeEmpty())
		e.SetVersion(ctx, env.ToProduction, "2")
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(env.ListHistory(p)).To(Equal([]string{"Promoted 2 after none", "Promoted 1 after none"}))
	})
})
