// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

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

// modelName is the model of most stories.
const modelName = "sentiment"

// env is what one story plays in: a namespace, an MLflow of its own, and somebody
// else who has a client to it.
type env struct {
	namespace string
	// shared is the name of the ClusterMLflowConnection; empty in most stories, where the
	// connection is an MLflowConnection.
	sharedConnection string
	mlflow *mlflowtest.Server
	user   *mlflowtest.User
	// now is MLflow's time, which moves by a second with each run: no two points of a
	// metric are logged at the same time.
	metricTime int64
	// advanceClock lets MLflow's clock be ahead of itself; set by asking.
	advanceClock func(time.Duration)
}

// newEnv starts an MLflow and makes a namespace. When the story ends, no status in it
// may have broken the rulebook.
func newEnv(ctx SpecContext, options mlflowtest.Options) *env {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "story-"}}
	Expect(controlPlane.Client.Create(ctx, namespace)).To(Succeed())
	server := mlflowtest.Start(options)
	e := &env{namespace: namespace.Name, mlflow: server, user: server.User(), metricTime: 1_700_000_000_000}
	DeferCleanup(func(ctx SpecContext) {
		Expect(statusRules.listViolations(e.namespace)).To(BeEmpty())
		e.deleteObjects(ctx)
		server.Close()
	})
	return e
}

// newConnectedEnv is a world with a connection to its MLflow, which is ready.
func newConnectedEnv(ctx SpecContext) *env {
	GinkgoHelper()
	e := newEnv(ctx, mlflowtest.Options{})
	e.createObject(ctx, e.newConnection())
	return e
}

// newConnection is an MLflowConnection that is polled once an hour.
func (e *env) newConnection() *builder.ConnectionBuilder {
	return builder.Connection("mlflow").URL(e.mlflow.URL).PollInterval("1h")
}

func (e *env) connectionKey() registrycache.Key {
	if e.sharedConnection != "" {
		return registrycache.Key{Name: e.sharedConnection}
	}
	return registrycache.Key{Namespace: e.namespace, Name: "mlflow"}
}

// createObject creates an object in the story's namespace.
func (e *env) createObject(ctx SpecContext, b any) client.Object {
	GinkgoHelper()
	obj := buildObject(b)
	if namespaced, err := controlPlane.Client.IsObjectNamespaced(obj); err != nil || namespaced {
		Expect(err).NotTo(HaveOccurred())
		obj.SetNamespace(e.namespace)
	}
	Expect(controlPlane.Client.Create(ctx, obj)).To(Succeed())
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

// editObject changes an object, as kubectl edit does.
func editObject[T client.Object](ctx SpecContext, obj T, change func(T)) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		g.Expect(controlPlane.Client.Get(ctx, objectKey(obj), obj)).To(Succeed())
		change(obj)
		g.Expect(controlPlane.Client.Update(ctx, obj)).To(Succeed())
	}).WithContext(ctx).Should(Succeed())
}

// setVersion edits the version of a promotion.
func (e *env) setVersion(ctx SpecContext, name string, version v1alpha1.Version) {
	GinkgoHelper()
	editObject(ctx, e.promotionObject(name), func(p *v1alpha1.ModelPromotion) { p.Spec.Version = version })
}

// promotionObject and model are objects to be read.
func (e *env) promotionObject(name string) *v1alpha1.ModelPromotion {
	return &v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
}

func (e *env) modelObject(name string) *v1alpha1.RegisteredModel {
	return &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
}

func (e *env) connectionObject() *v1alpha1.MLflowConnection {
	return &v1alpha1.MLflowConnection{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "mlflow"}}
}

// pollNow lets the operator list the registry now, as it would after the poll interval.
func (e *env) pollNow() {
	provider.PollNow(e.connectionKey())
}

// requestReconcile asks the operator to look at an object, as a person does with an annotation.
func requestReconcile[T client.Object](ctx SpecContext, obj T) {
	GinkgoHelper()
	editObject(ctx, obj, func(obj T) {
		annotations := obj.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[v1alpha1.ReconcileRequestedAtAnnotation] = time.Now().Format(time.RFC3339Nano)
		obj.SetAnnotations(annotations)
	})
}

// deleteObjects removes what the story applied, so that the operator forgets it.
func (e *env) deleteObjects(ctx SpecContext) {
	GinkgoHelper()
	for _, obj := range []client.Object{
		&v1alpha1.PromotionApproval{}, &v1alpha1.ModelVersion{}, &v1alpha1.ModelPromotion{},
		&v1alpha1.RegisteredModel{}, &v1alpha1.MLflowConnection{},
	} {
		Expect(controlPlane.Client.DeleteAllOf(ctx, obj, client.InNamespace(e.namespace))).To(Succeed())
	}
	Expect(client.IgnoreNotFound(controlPlane.Client.Delete(ctx, e.classObject()))).To(Succeed())
	if e.sharedConnection != "" {
		Expect(client.IgnoreNotFound(controlPlane.Client.Delete(ctx, e.sharedConnectionObject()))).To(Succeed())
	}
	Eventually(func() bool { return provider.State(e.connectionKey()).Known }).WithContext(ctx).Should(BeFalse())
}
