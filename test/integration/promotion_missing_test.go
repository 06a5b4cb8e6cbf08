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
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "ModelNotReady",
			"there is no RegisteredModel sentiment: create it")...)
		w.apply(ctx, demanding())
		shows(ctx, p, verdict{version: "1"}.holds()...)
	})

	It("waits for its model in MLflow", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, demanding().Adoption(v1alpha1.AdoptionAdoptOnly))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "ModelNotReady",
			"RegisteredModel sentiment is not ready: model sentiment does not exist in MLflow, and adoption is AdoptOnly: "+
				"create it there, or set adoption to CreateOrAdopt")...)
		w.registered(ctx, nil)
		w.poll()
		shows(ctx, p, verdict{version: "1"}.holds()...)
	})

	It("says which stage is missing, and goes on when it is added", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, builder.RegisteredModel(modelName).Stages(builder.Stage("staging")))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), unresolved("Stalled", "StageNotFound",
			"RegisteredModel sentiment has no stage production: add it there, or delete this promotion")...)
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) {
			m.Spec.Stages = append(m.Spec.Stages, builder.Stage("production").Alias("champion").Build())
		})
		shows(ctx, p, verdict{version: "1"}.holds()...)
	})

	It("says which version is missing, and promotes it once it is registered", func(ctx SpecContext) {
		w := champion(ctx, gated(), metrics{"accuracy": "0.9"})
		w.promote(ctx, toProduction, "2")
		p := shows(ctx, w.promotion(toProduction), verdict{
			version: "2", reason: "VersionNotFound", keeps: "version 1", because: "version 2 of model sentiment does not exist",
		}.stalled()...)
		w.train(ctx, modelName, metrics{"accuracy": "0.95"}, nil)
		w.poll()
		shows(ctx, p, verdict{version: "2"}.holds()...)
	})

	It("waits for a version that is still being registered", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		w.mlflow.Fail(mlflowtest.Endpoint("model-versions/get"), pending(w, "1"))
		w.apply(ctx, demanding())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "VersionNotReady", because: "version 1 is still being registered (PENDING_REGISTRATION)",
		}.waits()...)
		Expect(w.aliasWrites()).To(BeEmpty())
		w.mlflow.Heal()
		lookNow(ctx, p)
		shows(ctx, p, verdict{version: "1"}.holds()...)
	})
})

// pending is the answer about a version whose files are on their way.
func pending(w *world, version string) mlflowtest.Fault {
	GinkgoHelper()
	there := w.mlflow.Version(modelName, version)
	body, err := json.Marshal(map[string]any{"model_version": map[string]any{
		"name": modelName, "version": version, "status": "PENDING_REGISTRATION", "current_stage": "None",
		"source": there.Source, "run_id": there.RunID, "creation_timestamp": int64(there.CreationTimestamp),
	}})
	Expect(err).NotTo(HaveOccurred())
	return mlflowtest.Respond(http.StatusOK, "application/json", string(body))
}

var _ = Describe("A promoted version that somebody deletes", func() {
	It("is reported, and another one can take its place", func(ctx SpecContext) {
		w := champion(ctx, demanding(), nil, nil)
		Expect(w.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		w.poll()
		p := shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "VersionDeleted", because: "version 1 of model sentiment was deleted",
		}.stalled()...)
		Expect(p.Status.CurrentVersion).To(BeEmpty())
		w.promote(ctx, toProduction, "2")
		shows(ctx, p, verdict{version: "2"}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("is reported also where MLflow lets the alias dangle", func(ctx SpecContext) {
		w := newWorld(ctx, mlflowtest.Options{Version: mlflowtest.Version2})
		w.apply(ctx, w.connection())
		w.registered(ctx, nil, nil)
		w.apply(ctx, demanding())
		p := w.apply(ctx, builder.Promotion(toProduction).Version("1")).(*v1alpha1.ModelPromotion)
		shows(ctx, p, verdict{version: "1"}.holds()...)
		Expect(w.user.DeleteVersion(ctx, modelName, "1")).To(Succeed())
		w.poll()
		shows(ctx, p, verdict{
			version: "1", reason: "VersionDeleted", because: "version 1 of model sentiment was deleted",
		}.remains()...)
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		w.promote(ctx, toProduction, "2")
		shows(ctx, p, verdict{version: "2"}.holds()...)
	})

	It("is not taken for the one that has its number after the model was created again", func(ctx SpecContext) {
		w := champion(ctx, demanding(), nil)
		Expect(w.user.DeleteModel(ctx, modelName)).To(Succeed())
		w.registered(ctx, nil, nil)
		w.poll()
		p := shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "VersionDeleted",
			because: "model sentiment was deleted and created again since version 1 was chosen",
		}.stalled()...)
		Expect(w.mlflow.Alias(modelName, "champion")).To(BeEmpty())
		w.promote(ctx, toProduction, "2")
		shows(ctx, p, verdict{version: "2"}.holds()...)
		Expect(history(p)).To(Equal([]string{"Promoted 2 after none", "Promoted 1 after none"}))
	})
})
