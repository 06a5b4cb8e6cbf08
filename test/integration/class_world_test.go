// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// standard is a class for the story: it has the name of its namespace, since a class is
// there for the whole cluster.
func (w *world) standard() *builder.ClassBuilder {
	return builder.Class(w.namespace).Require("team", "nlp", "search", "research").Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThan("accuracy", "0.85")))
}

// class is the class of the story, to be read.
func (w *world) class() *v1alpha1.ModelClass {
	return &v1alpha1.ModelClass{ObjectMeta: metav1.ObjectMeta{Name: w.namespace}}
}

// declare creates the class of the story.
func (w *world) declare(ctx SpecContext, class *builder.ClassBuilder) {
	GinkgoHelper()
	Expect(plane.Client.Create(ctx, class.Build())).To(Succeed())
}

// classified is a model that meets the standard and says nothing of stages.
func (w *world) classified() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Class(w.namespace).Tag("team", "nlp")
}

// accepted are the conditions of a class that models can inherit from.
func accepted() []string {
	return []string{"Ready=True Accepted: models can name this class in className"}
}

// notAllowed is the sentence about a team that the standard does not know.
func (w *world) notAllowed(team string) string {
	return `tags.team: "` + team + `" is not allowed by class ` + w.namespace + ": nlp, search or research"
}

// noClass is the sentence about a class that is not there.
func (w *world) noClass() string {
	return "there is no ModelClass " + w.namespace + ": create it, or name another className"
}

// modelNotReady are the conditions of a promotion whose model waits or is stalled.
func modelNotReady(why string) []string {
	return unresolved("Reconciling", "ModelNotReady", "RegisteredModel "+modelName+" is not ready: "+why)
}

// governed is a world in which version 1 holds production as the class of its model has it.
func governed(ctx SpecContext, versions ...metrics) *world {
	GinkgoHelper()
	w := connected(ctx)
	w.declare(ctx, w.standard())
	w.registered(ctx, versions...)
	w.apply(ctx, w.classified())
	w.apply(ctx, builder.Promotion(toProduction).Version("1"))
	shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	w.holdersAre(ctx, "production=1")
	return w
}
