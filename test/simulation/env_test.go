// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

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
	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

const sentiment = "sentiment"

// errOperatorKilled is what a killed operator gets from Kubernetes.
var errOperatorKilled = errors.New("the operator is dead")

// tester is what a *testing.T and a *rapid.T have in common.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

// env is one MLflow, one cluster and one operator, in which nothing happens unless
// the test makes it happen, and always in the same order.
type env struct {
	tester
	ctx      context.Context
	tick     func() time.Time
	verifier fakeVerifier
	mlflow   *mlflowtest.Server
	user     *mlflowtest.User
	kube     client.WithWatch
	operator *operator
	// promotions are their names, in the order in which they were applied.
	promotions []string
	// registrations are the names of ModelVersions, in the order in which they were applied.
	registrations []string
	// registrationClock is the time of registrations. It moves with each round.
	registrationClock *clocktesting.FakePassiveClock
	// statusWrites counts the writes of statuses. Set onStatusWrite to fail some.
	statusWrites  int
	onStatusWrite func(n int, write func() error) error
	// onWriteAhead is called in place of the next write that announces a change of hands.
	onWriteAhead func(write func() error) error
	// recordedMetrics is what was counted, by whichever operator ran.
	recordedMetrics countingMetrics
	// clock is the time, whichever operator runs. It stands still unless a test moves it.
	clock *clocktesting.FakePassiveClock
	// flags are those of the next operator that starts.
	flags featureflags.Flags
	// dead is set when the operator was killed in the middle of a pass.
	dead atomic.Bool
	// objectCount counts objects, for their UIDs, trained versions, and started operators.
	objectCount, versionCount, operatorCount int
	// metricCount is the time and the step of the last metric.
	metricCount int64
}

func newEnv(ctx context.Context, t tester) *env {
	w := &env{
		tester: t, ctx: ctx, tick: newTicks(),
		clock:             clocktesting.NewFakePassiveClock(noon),
		registrationClock: clocktesting.NewFakePassiveClock(noon),
	}
	w.mlflow = mlflowtest.Start(mlflowtest.Options{Clock: w.tick})
	w.user = w.mlflow.User()
	w.recordedMetrics.reset()
	w.onStatusWrite = func(_ int, write func() error) error { return write() }
	w.kube = w.newKubeClient()
	w.operator = startOperator(w)
	return w
}

func (w *env) close() {
	w.operator.stop()
	w.mlflow.Close()
}

// restartOperator is a crash and a new start: all that the operator had in memory is gone.
func (w *env) restartOperator() {
	w.operator.stop()
	w.dead.Store(false)
	w.operator = startOperator(w)
}

func (w *env) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("%v", err)
	}
}

func (w *env) newKubeClient() client.WithWatch {
	scheme := runtime.NewScheme()
	w.must(v1alpha1.AddToScheme(scheme))
	builder := fake.NewClientBuilder().WithScheme(scheme).
		WithTypeConverters(managedfields.NewDeducedTypeConverter()).
		WithStatusSubresource(&v1alpha1.RegisteredModel{}, &v1alpha1.ModelPromotion{}, &v1alpha1.ModelVersion{}).
		WithInterceptorFuncs(interceptor.Funcs{SubResourceApply: w.applyStatus, Patch: w.patchObject})
	w.must(kubeutil.SetupIndexes(w.ctx, indexer{builder}))
	return builder.Build()
}

// indexer lets the fake client have the very indexes of the cache.
type indexer struct{ *fake.ClientBuilder }

func (i indexer) IndexField(_ context.Context, obj client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(obj, field, values)
	return nil
}

func (w *env) applyStatus(
	ctx context.Context, c client.Client, name string, obj runtime.ApplyConfiguration, opts ...client.SubResourceApplyOption,
) error {
	if w.dead.Load() {
		return errOperatorKilled
	}
	w.statusWrites++
	n, write := w.statusWrites, func() error { return c.SubResource(name).Apply(ctx, obj, opts...) }
	if then := w.onWriteAhead; then != nil && isWriteAhead(obj) {
		w.onWriteAhead = nil
		return then(write)
	}
	return w.onStatusWrite(n, write)
}

// patchObject is how a finalizer is written. It fails with the operator, as a status does.
func (w *env) patchObject(
	ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption,
) error {
	if w.dead.Load() {
		return errOperatorKilled
	}
	w.statusWrites++
	return w.onStatusWrite(w.statusWrites, func() error { return c.Patch(ctx, obj, patch, opts...) })
}

// isWriteAhead tells whether a status says that a change of hands is under way.
func isWriteAhead(obj runtime.ApplyConfiguration) bool {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	underway, found, _ := unstructured.NestedMap(content, "status", "pendingTransition")
	return err == nil && found && len(underway) > 0
}

// createObject creates an object as an API server would: with what the fake client leaves out.
func (w *env) createObject(obj client.Object) {
	w.Helper()
	w.objectCount++
	obj.SetUID(types.UID(fmt.Sprintf("uid-%d", w.objectCount)))
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

func (w *env) getModel() *v1alpha1.RegisteredModel {
	w.Helper()
	var model v1alpha1.RegisteredModel
	w.must(w.kube.Get(w.ctx, types.NamespacedName{Namespace: "default", Name: sentiment}, &model))
	return &model
}

func (w *env) getPromotion(name string) *v1alpha1.ModelPromotion {
	w.Helper()
	var promotion v1alpha1.ModelPromotion
	w.must(w.kube.Get(w.ctx, types.NamespacedName{Namespace: "default", Name: name}, &promotion))
	return &promotion
}

// getRegistration is a ModelVersion; nil when there is none of that name.
func (w *env) getRegistration(name string) *v1alpha1.ModelVersion {
	w.Helper()
	var version v1alpha1.ModelVersion
	err := w.kube.Get(w.ctx, types.NamespacedName{Namespace: "default", Name: name}, &version)
	if apierrors.IsNotFound(err) {
		return nil
	}
	w.must(err)
	return &version
}

func (w *env) editRegistration(name string, change func(*v1alpha1.ModelVersionSpec)) {
	w.Helper()
	version := w.getRegistration(name)
	change(&version.Spec)
	version.Generation++
	w.must(w.kube.Update(w.ctx, version))
}

func (w *env) editModel(change func(*v1alpha1.RegisteredModelSpec)) {
	w.Helper()
	model := w.getModel()
	change(&model.Spec)
	model.Generation++
	w.must(w.kube.Update(w.ctx, model))
}

func (w *env) editPromotion(name string, change func(*v1alpha1.ModelPromotionSpec)) {
	w.Helper()
	promotion := w.getPromotion(name)
	change(&promotion.Spec)
	promotion.Generation++
	w.must(w.kube.Update(w.ctx, promotion))
}
