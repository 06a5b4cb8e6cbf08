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

// owned is the sentence about a model that carries the mark of another owner.
func owned(owner string) string {
	return "model sentiment is managed by " + owner + ", as its tag " + v1alpha1.ManagedByTag +
		" says: delete that owner and this tag, or set adoption to TakeOver"
}

var _ = Describe("A model that exists already", func() {
	It("is not touched where only a new one is wanted", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx)
		w.apply(ctx, described().Adoption(v1alpha1.AdoptionCreateOnly))
		shows(ctx, w.model(modelName), unsynced("Stalled", "AlreadyExists",
			"model sentiment exists in MLflow already, and adoption is CreateOnly: set adoption to CreateOrAdopt, or choose another modelName")...)
		w.wroteNothing()
		edit(ctx, w.model(modelName), func(m *v1alpha1.RegisteredModel) { m.Spec.Adoption = v1alpha1.AdoptionCreateOrAdopt })
		shows(ctx, w.model(modelName), synced(modelName)...)
	})

	It("is waited for where it has to exist", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, described().Adoption(v1alpha1.AdoptionAdoptOnly))
		shows(ctx, w.model(modelName), unsynced("Reconciling", "NotFound",
			"model sentiment does not exist in MLflow, and adoption is AdoptOnly: create it there, or set adoption to CreateOrAdopt")...)
		w.wroteNothing()
		w.registered(ctx)
		w.poll()
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Count("registered-models/create")).To(BeZero())
	})

	It("stays with its owner in another cluster, until that lets go of it", func(ctx SpecContext) {
		w := connected(ctx)
		const owner = "other-cluster/news/sentiment"
		Expect(w.user.CreateModel(ctx, modelName, map[string]string{v1alpha1.ManagedByTag: owner})).To(Succeed())
		w.train(ctx, modelName, nil, nil)
		w.apply(ctx, described().Stages(builder.Stage("production").Alias("champion")))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.model(modelName), unsynced("Stalled", "OwnedByAnother", owned(owner))...)
		shows(ctx, w.promotion(toProduction), unresolved("Reconciling", "ModelNotReady",
			"RegisteredModel sentiment is not ready: "+owned(owner))...)
		w.wroteNothing()
		Expect(w.user.DeleteModelTag(ctx, modelName, v1alpha1.ManagedByTag)).To(Succeed())
		w.poll()
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declared()))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	})

	It("is taken from its owner where that is declared", func(ctx SpecContext) {
		w := connected(ctx)
		Expect(w.user.CreateModel(ctx, modelName, map[string]string{v1alpha1.ManagedByTag: "other-cluster/news/sentiment"})).To(Succeed())
		w.apply(ctx, described().Adoption(v1alpha1.AdoptionTakeOver))
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(w.declared()))
	})

	It("is refused where it is a prompt", func(ctx SpecContext) {
		w := connected(ctx)
		Expect(w.user.CreatePrompt(ctx, modelName)).To(Succeed())
		w.apply(ctx, described())
		shows(ctx, w.model(modelName), unsynced("Stalled", "NameIsPrompt",
			"the name sentiment belongs to a prompt in MLflow: choose another modelName")...)
		w.wroteNothing()
	})
})

var _ = Describe("Two objects for one model", func() {
	It("are one too many, and the younger inherits", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, builder.RegisteredModel("a").ModelName(modelName).Tag("from", "a"))
		shows(ctx, w.model("a"), synced(modelName)...)
		w.apply(ctx, builder.RegisteredModel("b").ModelName(modelName).Tag("from", "b"))
		shows(ctx, w.model("b"), unsynced("Stalled", "Conflict", "RegisteredModel "+w.namespace+
			"/a is older and declares model sentiment on the same server: delete one of the two")...)
		Expect(w.mlflow.Model(modelName).Tags).To(HaveKeyWithValue("from", "a"))

		Expect(plane.Client.Delete(ctx, w.model("a"))).To(Succeed())
		shows(ctx, w.model("b"), synced(modelName)...)
		Expect(w.mlflow.Model(modelName).Tags).To(Equal(map[string]string{"from": "b", v1alpha1.ManagedByTag: w.mark("b")}))
	})

	It("are found in other namespaces and behind other connections", func(ctx SpecContext) {
		w, neighbour := newWorld(ctx, mlflowtest.Options{}), newWorld(ctx, mlflowtest.Options{})
		if w.namespace > neighbour.namespace {
			// Of two objects of one second, the name decides which is the older.
			w, neighbour = neighbour, w
		}
		w.apply(ctx, w.connection())
		w.apply(ctx, builder.RegisteredModel("a").ModelName(modelName))
		shows(ctx, w.model("a"), synced(modelName)...)
		neighbour.apply(ctx, neighbour.connection().URL(w.mlflow.URL+"/"))
		neighbour.apply(ctx, builder.RegisteredModel("z").ModelName(modelName))
		conflict := "RegisteredModel " + w.namespace + "/a is older and declares model sentiment on the same server: delete one of the two"
		shows(ctx, neighbour.model("z"), unsynced("Stalled", "Conflict", conflict)...)
	})

	It("are none where they are on two servers", func(ctx SpecContext) {
		w, neighbour := connected(ctx), connected(ctx)
		w.apply(ctx, described())
		neighbour.apply(ctx, described())
		shows(ctx, w.model(modelName), synced(modelName)...)
		shows(ctx, neighbour.model(modelName), synced(modelName)...)
	})
})
