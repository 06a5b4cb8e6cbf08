// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/internal/switches"
)

const sentiment = "sentiment"

// errDead is what a killed operator gets from Kubernetes.
var errDead = errors.New("the operator is dead")

// tester is what a *testing.T and a *rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// world is one MLflow, one cluster and one operator, in which nothing happens unless
// the test makes it happen, and always in the same order.
type world struct {
	tester
	ctx      context.Context
	tick     func() time.Time
	guard    guard
	mlflow   *mlflowtest.Server
	user     *mlflowtest.User
	kube     client.WithWatch
	operator *operator
	// promotions are their names, in the order in which they were applied.
	promotions []string
	// registrations are the names of ModelVersions, in the order in which they were applied.
	registrations []string
	// registering is the time of registrations. It moves with each round.
	registering *clocktesting.FakePassiveClock
	// statusWrites counts the writes of statuses. Set onStatusWrite to fail some.
	statusWrites  int
	onStatusWrite func(n int, write func() error) error
	// onAnnouncement is called in place of the next write that announces a change of hands.
	onAnnouncement func(write func() error) error
	// counted is what was counted, by whichever operator ran.
	counted counts
	// clock is the time, whichever operator runs. It stands still unless a test moves it.
	clock *clocktesting.FakePassiveClock
	// switches are those of the next operator that starts.
	switches switches.Switches
	// dead is set when the operator was killed in the middle of a pass.
	dead atomic.Bool
	// created counts objects, for their UIDs, trained versions, and started operators.
	created, trained, started int
	// logged is the time and the step of the last metric.
	logged int64
}

func newWorld(ctx context.Context, t tester) *world {
	w := &world{
		tester: t, ctx: ctx, tick: ticks(),
		clock:       clocktesting.NewFakePassiveClock(noon),
		registering: clocktesting.NewFakePassiveClock(noon),
	}
	w.mlflow = mlflowtest.Start(mlflowtest.Options{Clock: w.tick})
	w.user = w.mlflow.User()
	w.counted.reset()
	w.onStatusWrite = func(_ int, write func() error) error { return write() }
	w.kube = w.newKube()
	w.operator = startOperator(w)
	return w
}

func (w *world) close() {
	w.operator.stop()
	w.mlflow.Close()
}

// restart is a crash and a new start: all that the operator had in memory is gone.
func (w *world) restart() {
	w.operator.stop()
	w.dead.Store(false)
	w.operator = startOperator(w)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%v", err)
	}
}

func (w *world) newKube() client.WithWatch {
	scheme := runtime.NewScheme()
	w.must(v1alpha1.AddToScheme(scheme))
	builder := fake.NewClientBuilder().WithScheme(scheme).
		WithTypeConverters(managedfields.NewDeducedTypeConverter()).
		WithStatusSubresource(&v1alpha1.RegisteredModel{}, &v1alpha1.ModelPromotion{}, &v1alpha1.ModelVersion{}).
		WithInterceptorFuncs(interceptor.Funcs{SubResourceApply: w.applyStatus, Patch: w.patch})
	w.must(kube.SetupIndexes(w.ctx, indexer{builder}))
	return builder.Build()
}

// indexer lets the fake client have the very indexes of the cache.
type indexer struct{ *fake.ClientBuilder }

func (i indexer) IndexField(_ context.Context, obj client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(obj, field, values)
	return nil
}

func (w *world) applyStatus(
	ctx context.Context, c client.Client, name string, obj runtime.ApplyConfiguration, opts ...client.SubResourceApplyOption,
) error {
	if w.dead.Load() {
		return errDead
	}
	w.statusWrites++
	n, write := w.statusWrites, func() error { return c.SubResource(name).Apply(ctx, obj, opts...) }
	if then := w.onAnnouncement; then != nil && announces(obj) {
		w.onAnnouncement = nil
		return then(write)
	}
	return w.onStatusWrite(n, write)
}

// patch is how a finalizer is written. It fails with the operator, as a status does.
func (w *world) patch(
	ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption,
) error {
	if w.dead.Load() {
		return errDead
	}
	w.statusWrites++
	return w.onStatusWrite(w.statusWrites, func() error { return c.Patch(ctx, obj, patch, opts...) })
}

// announces tells whether a status says that a change of hands is under way.
func announces(obj runtime.ApplyConfiguration) bool {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	underway, found, _ := unstructured.NestedMap(content, "status", "underway")
	return err == nil && found && len(underway) > 0
}

// apply creates an object as an API server would: with what the fake client leaves out.
func (w *world) apply(obj client.Object) {
	w.Helper()
	w.created++
	obj.SetUID(types.UID(fmt.Sprintf("uid-%d", w.created)))
	obj.SetGeneration(1)
	obj.SetCreationTimestamp(metav1.NewTime(noon))
	w.must(w.kube.Create(w.ctx, obj))
	if _, ok := obj.(*v1alpha1.ModelPromotion); ok {
		w.promotions = append(w.promotions, obj.GetName())
	}
	if _, ok := obj.(*v1alpha1.ModelVersion); ok {
		w.registrations = append(w.registrations, obj.GetName())
	}
}

func (w *world) model() *v1alpha1.RegisteredModel {
	w.Helper()
	var model v1alpha1.RegisteredModel
	w.must(w.kube.Get(w.ctx, types.NamespacedName{Namespace: "default", Name: sentiment}, &model))
	return &model
}

func (w *world) promotion(name string) *v1alpha1.ModelPromotion {
	w.Helper()
	var promotion v1alpha1.ModelPromotion
	w.must(w.kube.Get(w.ctx, types.NamespacedName{Namespace: "default", Name: name}, &promotion))
	return &promotion
}

// registration is a ModelVersion; nil when there is none of that name.
func (w *world) registration(name string) *v1alpha1.ModelVersion {
	w.Helper()
	var version v1alpha1.ModelVersion
	err := w.kube.Get(w.ctx, types.NamespacedName{Namespace: "default", Name: name}, &version)
	if apierrors.IsNotFound(err) {
		return nil
	}
	w.must(err)
	return &version
}

func (w *world) editRegistration(name string, change func(*v1alpha1.ModelVersionSpec)) {
	w.Helper()
	version := w.registration(name)
	change(&version.Spec)
	version.Generation++
	w.must(w.kube.Update(w.ctx, version))
}

func (w *world) editModel(change func(*v1alpha1.RegisteredModelSpec)) {
	w.Helper()
	model := w.model()
	change(&model.Spec)
	model.Generation++
	w.must(w.kube.Update(w.ctx, model))
}

func (w *world) editPromotion(name string, change func(*v1alpha1.ModelPromotionSpec)) {
	w.Helper()
	promotion := w.promotion(name)
	change(&promotion.Spec)
	promotion.Generation++
	w.must(w.kube.Update(w.ctx, promotion))
}
