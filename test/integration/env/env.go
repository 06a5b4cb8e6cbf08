// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	"fmt"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// ModelName is the model of most stories.
const ModelName = "sentiment"

// Env is the environment of one story: a namespace, an MLflow of its own, and a user of that MLflow.
type Env struct {
	Namespace string
	// SharedConnection is the name of the ClusterMLflowConnection; empty if the connection is an MLflowConnection.
	SharedConnection string
	MLflow           *mlflowtest.Server
	User             *mlflowtest.User
	// MetricTime is the timestamp of metrics. Each run advances it by a second, so that no two points of a metric
	// have the same timestamp.
	MetricTime int64
	// AdvanceClock advances MLflow's clock. Only NewWithApprovalPolicy sets it.
	AdvanceClock func(time.Duration)
}

// New starts an MLflow and creates a namespace. At the end of the story it fails if a status in the namespace
// broke the rulebook.
func New(ctx SpecContext, options mlflowtest.Options) *Env {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "story-"}}
	Expect(ControlPlane.Client.Create(ctx, namespace)).To(Succeed())
	server := mlflowtest.Start(options)
	e := &Env{Namespace: namespace.Name, MLflow: server, User: server.User(), MetricTime: 1_700_000_000_000}
	DeferCleanup(func(ctx SpecContext) {
		Expect(statusRules.listViolations(e.Namespace)).To(BeEmpty())
		e.deleteObjects(ctx)
		server.Close()
	})
	return e
}

// NewNeighbor returns an env in another namespace with the same MLflow and the same connection.
func (e *Env) NewNeighbor(ctx SpecContext) *Env {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "neighbor-"}}
	Expect(ControlPlane.Client.Create(ctx, namespace)).To(Succeed())
	other := *e
	other.Namespace = namespace.Name
	DeferCleanup(func(ctx SpecContext) {
		Expect(statusRules.listViolations(other.Namespace)).To(BeEmpty())
		other.deleteObjects(ctx)
	})
	return &other
}

// NewConnected returns an env with a connection to its MLflow.
func NewConnected(ctx SpecContext) *Env {
	GinkgoHelper()
	e := New(ctx, mlflowtest.Options{})
	e.CreateObject(ctx, e.NewConnection())
	return e
}

// NewConnection returns an MLflowConnection with a poll interval of an hour.
func (e *Env) NewConnection() *builder.ConnectionBuilder {
	return builder.Connection("mlflow").URL(e.MLflow.URL).PollInterval("1h")
}

// ConnectionKey is the key of the story's connection in the registry cache.
func (e *Env) ConnectionKey() registrycache.Key {
	if e.SharedConnection != "" {
		return registrycache.Key{Name: e.SharedConnection}
	}
	return registrycache.Key{Namespace: e.Namespace, Name: "mlflow"}
}

// CreateObject creates an object in the namespace of the story, from the object or its builder.
func (e *Env) CreateObject(ctx SpecContext, b any) client.Object {
	GinkgoHelper()
	obj := buildObject(b)
	if namespaced, err := ControlPlane.Client.IsObjectNamespaced(obj); err != nil || namespaced {
		Expect(err).NotTo(HaveOccurred())
		obj.SetNamespace(e.Namespace)
	}
	Expect(ControlPlane.Client.Create(ctx, obj)).To(Succeed())
	return obj
}

func buildObject(b any) client.Object {
	switch b := b.(type) {
	case *builder.ConnectionBuilder:
		return b.Build()
	case *builder.ClusterConnectionBuilder:
		return b.Build()
	case *builder.ModelBuilder:
		return b.Build()
	case *builder.PromotionBuilder:
		return b.Build()
	case *builder.VersionBuilder:
		return b.Build()
	case *builder.ApprovalBuilder:
		return b.Build()
	case client.Object:
		return b
	}
	panic(fmt.Sprintf("%T is nothing to apply", b))
}

// EditObject changes an object, as kubectl edit does.
func EditObject[T client.Object](ctx SpecContext, obj T, change func(T)) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(ControlPlane.Client.Get(ctx, ObjectKey(obj), obj)).To(Succeed())
		change(obj)
		g.Expect(ControlPlane.Client.Update(ctx, obj)).To(Succeed())
	}).WithContext(ctx).Should(Succeed())
}

// EditModel edits model ModelName.
func (e *Env) EditModel(ctx SpecContext, change func(*v1alpha1.RegisteredModel)) {
	GinkgoHelper()
	EditObject(ctx, e.ModelObject(ModelName), change)
}

// EditPromotion edits promotion ToProduction.
func (e *Env) EditPromotion(ctx SpecContext, change func(*v1alpha1.ModelPromotion)) {
	GinkgoHelper()
	EditObject(ctx, e.PromotionObject(ToProduction), change)
}

// EditVersion edits ModelVersion April.
func (e *Env) EditVersion(ctx SpecContext, change func(*v1alpha1.ModelVersion)) {
	GinkgoHelper()
	EditObject(ctx, e.VersionObject(April), change)
}

// SetVersion edits the version of a promotion.
func (e *Env) SetVersion(ctx SpecContext, name string, version v1alpha1.Version) {
	GinkgoHelper()
	EditObject(ctx, e.PromotionObject(name), func(p *v1alpha1.ModelPromotion) { p.Spec.Version = version })
}

// PromotionObject returns a promotion with its key only, for reads and writes.
func (e *Env) PromotionObject(name string) *v1alpha1.ModelPromotion {
	return &v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Namespace: e.Namespace, Name: name}}
}

// ModelObject returns a RegisteredModel with its key only.
func (e *Env) ModelObject(name string) *v1alpha1.RegisteredModel {
	return &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{Namespace: e.Namespace, Name: name}}
}

// ConnectionObject returns the MLflowConnection of the story with its key only.
func (e *Env) ConnectionObject() *v1alpha1.MLflowConnection {
	return &v1alpha1.MLflowConnection{ObjectMeta: metav1.ObjectMeta{Namespace: e.Namespace, Name: "mlflow"}}
}

// PollNow polls the registry now, as the operator does after the poll interval.
func (e *Env) PollNow() {
	Provider.PollNow(e.ConnectionKey())
}

// RequestReconcile sets the annotation with which users request a reconcile.
func RequestReconcile[T client.Object](ctx SpecContext, obj T) {
	GinkgoHelper()
	EditObject(ctx, obj, func(obj T) {
		annotations := obj.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[v1alpha1.ReconcileRequestedAtAnnotation] = time.Now().Format(time.RFC3339Nano)
		obj.SetAnnotations(annotations)
	})
}

// deleteObjects deletes all objects of the story, and waits until the operator has dropped its connection.
func (e *Env) deleteObjects(ctx SpecContext) {
	GinkgoHelper()
	for _, obj := range []client.Object{
		&v1alpha1.PromotionApproval{}, &v1alpha1.ModelVersion{}, &v1alpha1.ModelPromotion{},
		&v1alpha1.RegisteredModel{}, &v1alpha1.MLflowConnection{},
	} {
		Expect(ControlPlane.Client.DeleteAllOf(ctx, obj, client.InNamespace(e.Namespace))).To(Succeed())
	}
	Expect(client.IgnoreNotFound(ControlPlane.Client.Delete(ctx, e.ClassObject()))).To(Succeed())
	if e.SharedConnection != "" {
		Expect(client.IgnoreNotFound(ControlPlane.Client.Delete(ctx, e.SharedConnectionObject()))).To(Succeed())
	}
	Eventually(func() bool { return Provider.State(e.ConnectionKey()).Known }).WithContext(ctx).Should(BeFalse())
}
