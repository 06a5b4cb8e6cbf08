// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// syncedConditions are the conditions of a model that is as declared.
func syncedConditions(name string) []string {
	is := "Synced: model " + name + " in MLflow is as declared"
	return []string{
		"Ready=True " + is,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=True " + is,
	}
}

// unsyncedConditions are the conditions of a model that is not as declared. State is Stalled or
// Reconciling.
func unsyncedConditions(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=False " + why,
	}
}

// plannedConditions are the conditions of a model that is observed and differs.
func plannedConditions(differences int, first string) []string {
	plan := fmt.Sprintf("PlanPending: %d differences, the first in %s, are listed in status.plan; "+
		"nothing is written while managementPolicy is Observe", differences, first)
	if differences == 1 {
		plan = "PlanPending: 1 difference, in " + first + ", is listed in status.plan; nothing is written while managementPolicy is Observe"
	}
	return []string{
		"Ready=True " + plan,
		"ConnectionReady=True Connected: the registry is read at every poll",
		"Synced=False " + plan,
	}
}

// suspendedModelConditions are the conditions of a model that nobody looks after.
func suspendedModelConditions() []string {
	var all []string
	for _, kind := range []string{"Ready", "ConnectionReady", "Synced"} {
		all = append(all, kind+"=Unknown Suspended: spec.suspend is true: set it to false to go on")
	}
	return all
}

// ownerTag is how MLflow shows that an object of the story owns a model.
func (e *env) ownerTag(name string) string {
	return instance + "/" + e.namespace + "/" + name
}

// goneMessage is the sentence about a model that was managed and is no longer there.
func modelDeletedMessage(name string) string {
	return "model " + name + " is gone from MLflow and is not created again, since its versions would not come back: " +
		"restore it, or delete this object and apply it again to begin with an empty model"
}

// expectNoWrites asserts that the operator asked MLflow for no change since the last
// Reset.
func (e *env) expectNoWrites() {
	GinkgoHelper()
	Expect(e.mlflow.Writes()).To(BeEmpty())
}

// getModel is the model of the story as it is now.
func (e *env) getModel(ctx SpecContext) *v1alpha1.RegisteredModel {
	GinkgoHelper()
	m := e.modelObject(modelName)
	Expect(controlPlane.Client.Get(ctx, objectKey(m), m)).To(Succeed())
	return m
}

// resourceVersionsOf are the resource versions of objects: one that was written to has another.
func getResourceVersions(ctx SpecContext, objects []client.Object) []string {
	GinkgoHelper()
	var all []string
	for _, obj := range objects {
		Expect(controlPlane.Client.Get(ctx, objectKey(obj), obj)).To(Succeed())
		all = append(all, obj.GetResourceVersion())
	}
	return all
}

// alreadyManagedMessage is the sentence about a model that carries the mark of another owner.
func alreadyManagedMessage(owner string) string {
	return "model sentiment is managed by " + owner + ", as its tag " + v1alpha1.ManagedByTag +
		" says: delete that owner and this tag, or set adoptionPolicy to TakeOver"
}

// newDescribedModel is a model with all that can be declared of it.
func newDescribedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Description("News sentiment").Owner("nlp-team").
		UseCase("sentiment_analysis").DeploymentTarget("production").Tag("team", "nlp")
}

// newSyncedEnv is a world with a model that is as declared.
func newSyncedEnv(ctx SpecContext) *env {
	GinkgoHelper()
	e := newConnectedEnv(ctx)
	e.createObject(ctx, newDescribedModel())
	waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	e.mlflow.ResetCalls()
	return e
}

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

// declaredTags are the tags of a model as described.
func (e *env) declaredTags() map[string]string {
	return map[string]string{
		"owner": "nlp-team", "use_case": "sentiment_analysis", "deployment_target": "production", "team": "nlp",
		v1alpha1.ManagedByTag: e.ownerTag(modelName),
	}
}

// olderObjectMessage is the sentence about an object that has to give way to a.
func (e *env) olderObjectMessage(name string) string {
	return "RegisteredModel " + e.namespace + "/" + name + " is older and declares model sentiment on the same server: delete one of the two"
}

// recreateModel makes another model under the name, with a tag that a person wrote.
func (e *env) recreateModel(ctx SpecContext) {
	GinkgoHelper()
	Expect(e.user.DeleteModel(ctx, modelName)).To(Succeed())
	Expect(e.user.CreateModel(ctx, modelName, map[string]string{"team": "vision"})).To(Succeed())
}

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

// getPromotion is the promotion of the story as it is now.
func (e *env) getPromotion(ctx SpecContext) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	p := e.promotionObject(toProduction)
	Expect(controlPlane.Client.Get(ctx, objectKey(p), p)).To(Succeed())
	return p
}

// adoptedEvent is the event of a model that was there before its object.
func (e *env) adoptedEvent() string {
	return `Normal Updated: model sentiment in MLflow changed: tags/` + v1alpha1.ManagedByTag + ` from "" to "` + e.ownerTag(modelName) + `"`
}
