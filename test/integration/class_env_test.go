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

// newClass is a class for the story: it has the name of its namespace, since a class is
// there for the whole cluster.
func (e *env) newClass() *builder.ClassBuilder {
	return builder.Class(e.namespace).RequireTag("team", "nlp", "search", "research").Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85")))
}

// classObject is the class of the story, to be read.
func (e *env) classObject() *v1alpha1.ModelClass {
	return &v1alpha1.ModelClass{ObjectMeta: metav1.ObjectMeta{Name: e.namespace}}
}

// createClass creates the class of the story.
func (e *env) createClass(ctx SpecContext, class *builder.ClassBuilder) {
	GinkgoHelper()
	Expect(controlPlane.Client.Create(ctx, class.Build())).To(Succeed())
}

// newClassifiedModel is a model that meets the standard and says nothing of stages.
func (e *env) newClassifiedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Class(e.namespace).Tag("team", "nlp")
}

// acceptedConditions are the conditions of a class that models can inherit from.
func acceptedConditions() []string {
	return []string{"Ready=True Succeeded: models can name this class in className"}
}

// teamNotAllowedMessage is the sentence about a team that the standard does not know.
func (e *env) teamNotAllowedMessage(team string) string {
	return `tags.team: "` + team + `" is not allowed by class ` + e.namespace + ": nlp, search or research"
}

// noClassMessage is the sentence about a class that is not there.
func (e *env) noClassMessage() string {
	return "there is no ModelClass " + e.namespace + ": create it, or name another className"
}

// modelNotReadyConditions are the conditions of a promotion whose model waits or is stalled.
func modelNotReadyConditions(why string) []string {
	return unresolvedConditions("Reconciling", "ModelNotReady", "RegisteredModel "+modelName+" is not ready: "+why)
}

// newClassEnv is a world in which version 1 holds production as the class of its model has it.
func newClassEnv(ctx SpecContext, versions ...metrics) *env {
	GinkgoHelper()
	e := newConnectedEnv(ctx)
	e.createClass(ctx, e.newClass())
	e.registerModel(ctx, versions...)
	e.createObject(ctx, e.newClassifiedModel())
	e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
	waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	e.waitForStageSummary(ctx, "production=1")
	return e
}
