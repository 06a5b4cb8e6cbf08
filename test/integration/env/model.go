// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

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

// SyncedConditions are the conditions of a model that is as declared.
func SyncedConditions(name string) []string {
	is := "Synced: model " + name + " in MLflow is as declared"
	return []string{
		"Ready=True " + is,
		ConnectionReadyLine,
		"Synced=True " + is,
	}
}

// UnsyncedConditions are the conditions of a model that is not as declared. State is Stalled or
// Reconciling.
func UnsyncedConditions(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		ConnectionReadyLine,
		"Synced=False " + why,
	}
}

// PlannedConditions are the conditions of a model that is observed and differs.
func PlannedConditions(differences int, first string) []string {
	plan := fmt.Sprintf("PlanPending: %d differences, the first in %s, are listed in status.plan; "+
		"nothing is written while managementPolicy is Observe", differences, first)
	if differences == 1 {
		plan = "PlanPending: 1 difference, in " + first + ", is listed in status.plan; nothing is written while managementPolicy is Observe"
	}
	return []string{
		"Ready=True " + plan,
		ConnectionReadyLine,
		"Synced=False " + plan,
	}
}

// SuspendedModelConditions are the conditions of a model that nobody looks after.
func SuspendedModelConditions() []string {
	var all []string
	for _, kind := range []string{"Ready", "ConnectionReady", "Synced"} {
		all = append(all, SuspendedLine(kind))
	}
	return all
}

// OwnerTag is how MLflow shows that an object of the story owns a model.
func (e *Env) OwnerTag(name string) string {
	return Instance + "/" + e.Namespace + "/" + name
}

// goneMessage is the sentence about a model that was managed and is no longer there.
func ModelDeletedMessage(name string) string {
	return "model " + name + " was deleted in MLflow and is not created again, since its versions would be missing: " +
		"restore it, or delete this object and apply it again to begin with an empty model"
}

// ExpectNoWrites asserts that the operator asked MLflow for no change since the last
// Reset.
func (e *Env) ExpectNoWrites() {
	GinkgoHelper()
	Expect(e.MLflow.Writes()).To(BeEmpty())
}

// GetModel is the model of the story as it is now.
func (e *Env) GetModel(ctx SpecContext) *v1alpha1.RegisteredModel {
	GinkgoHelper()
	m := e.ModelObject(ModelName)
	Expect(ControlPlane.Client.Get(ctx, ObjectKey(m), m)).To(Succeed())
	return m
}

// resourceVersionsOf are the resource versions of objects: one that was written to has another.
func GetResourceVersions(ctx SpecContext, objects []client.Object) []string {
	GinkgoHelper()
	var all []string
	for _, obj := range objects {
		Expect(ControlPlane.Client.Get(ctx, ObjectKey(obj), obj)).To(Succeed())
		all = append(all, obj.GetResourceVersion())
	}
	return all
}

// AlreadyManagedMessage is the sentence about a model that carries the mark of another owner.
func AlreadyManagedMessage(owner string) string {
	return "model sentiment is managed by " + owner + ", as its tag " + v1alpha1.ManagedByTag +
		" says: delete that owner and this tag, or set adoptionPolicy to TakeOver"
}

// NewDescribedModel is a model with all that can be declared of it.
func NewDescribedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Description("News sentiment").Owner("nlp-team").
		UseCase("sentiment_analysis").DeploymentTarget("production").Tag("team", "nlp")
}

// NewSynced is a world with a model that is as declared.
func NewSynced(ctx SpecContext) *Env {
	GinkgoHelper()
	e := NewConnected(ctx)
	e.CreateObject(ctx, NewDescribedModel())
	WaitForConditions(ctx, e.ModelObject(ModelName), SyncedConditions(ModelName)...)
	e.MLflow.ResetCalls()
	return e
}

// ChangeServer makes the connection lead to another MLflow, and waits until it does.
func (e *Env) ChangeServer(ctx SpecContext) {
	GinkgoHelper()
	other := mlflowtest.Start(mlflowtest.Options{})
	DeferCleanup(other.Close)
	before, err := Provider.Get(e.ConnectionKey())
	Expect(err).NotTo(HaveOccurred())
	EditObject(ctx, e.ConnectionObject(), func(c *v1alpha1.MLflowConnection) {
		c.Spec.URL = builder.Connection("other").URL(other.URL).Build().Spec.URL
	})
	Eventually(func(g Gomega) {
		now, err := Provider.Get(e.ConnectionKey())
		g.Expect(err).NotTo(HaveOccurred())
		// A matcher on the views themselves would print them, and read what others write.
		replaced := now != before
		g.Expect(replaced).To(BeTrue())
	}).WithContext(ctx).Should(Succeed())
}

// DeclaredTags are the tags of a model as described.
func (e *Env) DeclaredTags() map[string]string {
	return map[string]string{
		"owner": "nlp-team", "use_case": "sentiment_analysis", "deployment_target": "production", "team": "nlp",
		v1alpha1.ManagedByTag: e.OwnerTag(ModelName),
	}
}

// OlderObjectMessage is the sentence about an object that has to give way to a.
func (e *Env) OlderObjectMessage(name string) string {
	return "RegisteredModel " + e.Namespace + "/" + name + " is older and declares model sentiment on the same server: delete one of the two"
}

// RecreateModel makes another model under the name, with a tag that a person wrote.
func (e *Env) RecreateModel(ctx SpecContext) {
	GinkgoHelper()
	Expect(e.User.DeleteModel(ctx, ModelName)).To(Succeed())
	Expect(e.User.CreateModel(ctx, ModelName, map[string]string{"team": "vision"})).To(Succeed())
}

// NewClass is a class for the story: it has the name of its namespace, since a class is
// there for the whole cluster.
func (e *Env) NewClass() *builder.ClassBuilder {
	return builder.Class(e.Namespace).RequireTag("team", "nlp", "search", "research").Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85")))
}

// ClassObject is the class of the story, to be read.
func (e *Env) ClassObject() *v1alpha1.ModelClass {
	return &v1alpha1.ModelClass{ObjectMeta: metav1.ObjectMeta{Name: e.Namespace}}
}

// CreateClass creates the class of the story.
func (e *Env) CreateClass(ctx SpecContext, class *builder.ClassBuilder) {
	GinkgoHelper()
	Expect(ControlPlane.Client.Create(ctx, class.Build())).To(Succeed())
}

// NewClassifiedModel is a model that meets the standard and says nothing of stages.
func (e *Env) NewClassifiedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Class(e.Namespace).Tag("team", "nlp")
}

// AcceptedConditions are the conditions of a class that models can inherit from.
func AcceptedConditions() []string {
	return []string{"Ready=True Succeeded: models can name this class in className"}
}

// GetPromotion is the promotion of the story as it is now.
func (e *Env) GetPromotion(ctx SpecContext) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	p := e.PromotionObject(ToProduction)
	Expect(ControlPlane.Client.Get(ctx, ObjectKey(p), p)).To(Succeed())
	return p
}

// AdoptedEvent is the event of a model that was there before its object.
func (e *Env) AdoptedEvent() string {
	return `Normal Updated: model sentiment in MLflow changed: tags/` + v1alpha1.ManagedByTag + ` from "" to "` + e.OwnerTag(ModelName) + `"`
}
