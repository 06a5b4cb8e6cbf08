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

// UnsyncedConditions are the conditions of a model that is not as declared. The state is Stalled or Reconciling.
func UnsyncedConditions(state, reason, message string) []string {
	why := reason + ": " + message
	return []string{
		"Ready=False " + why,
		state + "=True " + why,
		ConnectionReadyLine,
		"Synced=False " + why,
	}
}

// PlannedConditions are the conditions of an observed model with planned changes.
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

// SuspendedModelConditions are the conditions of a suspended model.
func SuspendedModelConditions() []string {
	var all []string
	for _, kind := range []string{"Ready", "ConnectionReady", "Synced"} {
		all = append(all, SuspendedLine(kind))
	}
	return all
}

// OwnerTag is the owner tag of an object of the story.
func (e *Env) OwnerTag(name string) string {
	return Instance + "/" + e.Namespace + "/" + name
}

// ModelDeletedMessage is the message of a managed model that was deleted in MLflow.
func ModelDeletedMessage(name string) string {
	return "model " + name + " was deleted in MLflow and is not created again, since its versions would be missing: " +
		"restore it, or delete this object and apply it again to begin with an empty model"
}

// ExpectNoWrites asserts that the operator wrote nothing to MLflow since the last ResetCalls.
func (e *Env) ExpectNoWrites() {
	GinkgoHelper()
	Expect(e.MLflow.Writes()).To(BeEmpty())
}

// GetModel reads the model of the story.
func (e *Env) GetModel(ctx SpecContext) *v1alpha1.RegisteredModel {
	GinkgoHelper()
	m := e.ModelObject(ModelName)
	Expect(ControlPlane.Client.Get(ctx, ObjectKey(m), m)).To(Succeed())
	return m
}

// GetResourceVersions reads the resource versions of objects. A write changes them.
func GetResourceVersions(ctx SpecContext, objects []client.Object) []string {
	GinkgoHelper()
	var all []string
	for _, obj := range objects {
		Expect(ControlPlane.Client.Get(ctx, ObjectKey(obj), obj)).To(Succeed())
		all = append(all, obj.GetResourceVersion())
	}
	return all
}

// AlreadyManagedMessage is the message of a model that has the tag of another owner.
func AlreadyManagedMessage(owner string) string {
	return "model sentiment is managed by " + owner + ", as its tag " + v1alpha1.ManagedByTag +
		" says: delete that owner and this tag, or set adoptionPolicy to TakeOver"
}

// NewDescribedModel returns a model with a description, an owner and tags.
func NewDescribedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Description("News sentiment").Owner("nlp-team").
		UseCase("sentiment_analysis").DeploymentTarget("production").Tag("team", "nlp")
}

// NewSynced returns an env with a model that is as declared.
func NewSynced(ctx SpecContext) *Env {
	GinkgoHelper()
	e := NewConnected(ctx)
	e.CreateObject(ctx, NewDescribedModel())
	WaitForConditions(ctx, e.ModelObject(ModelName), SyncedConditions(ModelName)...)
	e.MLflow.ResetCalls()
	return e
}

// ChangeServer edits the connection to another MLflow, and waits until the operator uses it.
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
		// A matcher on the views themselves would print them, and read what other goroutines write.
		replaced := now != before
		g.Expect(replaced).To(BeTrue())
	}).WithContext(ctx).Should(Succeed())
}

// DeclaredTags are the tags in MLflow of NewDescribedModel.
func (e *Env) DeclaredTags() map[string]string {
	return map[string]string{
		"owner": "nlp-team", "use_case": "sentiment_analysis", "deployment_target": "production", "team": "nlp",
		v1alpha1.ManagedByTag: e.OwnerTag(ModelName),
	}
}

// OlderObjectMessage is the message of a younger object for the same model.
func (e *Env) OlderObjectMessage(name string) string {
	return "RegisteredModel " + e.Namespace + "/" + name + " is older and declares model sentiment on the same server: delete one of the two"
}

// RecreateModel deletes the model in MLflow and creates it again, with a tag of a user.
func (e *Env) RecreateModel(ctx SpecContext) {
	GinkgoHelper()
	Expect(e.User.DeleteModel(ctx, ModelName)).To(Succeed())
	Expect(e.User.CreateModel(ctx, ModelName, map[string]string{"team": "vision"})).To(Succeed())
}

// NewClass returns the class of the story. It has the name of the namespace, since classes are cluster-scoped.
func (e *Env) NewClass() *builder.ClassBuilder {
	return builder.Class(e.Namespace).RequireTag("team", "nlp", "search", "research").Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85")))
}

// ClassObject returns the class of the story with its key only.
func (e *Env) ClassObject() *v1alpha1.ModelClass {
	return &v1alpha1.ModelClass{ObjectMeta: metav1.ObjectMeta{Name: e.Namespace}}
}

// CreateClass creates the class of the story.
func (e *Env) CreateClass(ctx SpecContext, class *builder.ClassBuilder) {
	GinkgoHelper()
	Expect(ControlPlane.Client.Create(ctx, class.Build())).To(Succeed())
}

// NewClassifiedModel returns a model that conforms to the class and declares no stages.
func (e *Env) NewClassifiedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Class(e.Namespace).Tag("team", "nlp")
}

// AcceptedConditions are the conditions of a valid class.
func AcceptedConditions() []string {
	return []string{"Ready=True Succeeded: models can name this class in className"}
}

// GetPromotion reads the promotion of the story.
func (e *Env) GetPromotion(ctx SpecContext) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	p := e.PromotionObject(ToProduction)
	Expect(ControlPlane.Client.Get(ctx, ObjectKey(p), p)).To(Succeed())
	return p
}

// AdoptedEvent is the event of a model that existed before its object.
func (e *Env) AdoptedEvent() string {
	return `Normal Updated: model sentiment in MLflow changed: tags/` + v1alpha1.ManagedByTag + ` from "" to "` + e.OwnerTag(ModelName) + `"`
}
