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
type testingT interface {
	Helper()
	Fatalf(format string, args ...any)
}

// env is one MLflow, one cluster and one operator, in which nothing happens unless
// the test makes it happen, and always in the same order.
type env struct {
	testingT
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
	modelVersions []string
	// registrationClock is the time of registrations. It moves with each round.
	versionClock *clocktesting.FakePassiveClock
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
	killed atomic.Bool
	// objectCount counts objects, for their UIDs, trained versions, and started operators.
	objectCount, versionCount, operatorCount int
	// metricCount is the time and the step of the last metric.
	metricCount int64
}

func newEnv(ctx context.Context, t testingT) *env {
	e := &env{
		testingT: t, ctx: ctx, tick: newTickingClock(),
		clock:        clocktesting.NewFakePassiveClock(noon),
		versionClock: clocktesting.NewFakePassiveClock(noon),
	}
	e.mlflow = mlflowtest.Start(mlflowtest.Options{Clock: e.tick})
	e.user = e.mlflow.User()
	e.recordedMetrics.resetCounts()
	e.onStatusWrite = func(_ int, write func() error) error { return write() }
	e.kube = e.newKubeClient()
	e.operator = startOperator(e)
	return e
}

func (e *env) close() {
	e.operator.stop()
	e.mlflow.Close()
}

// restartOperator is a crash and a new start: all that the operator had in memory is gone.
func (e *env) restartOperator() {
	e.operator.stop()
	e.killed.Store(false)
	e.operator = startOperator(e)
}

func (e *env) must(err error) {
	e.Helper()
	if err != nil {
		e.Fatalf("%v", err)
	}
}

func (e *env) newKubeClient() client.WithWatch {
	scheme := runtime.NewScheme()
	e.must(v1alpha1.AddToScheme(scheme))
	builder := fake.NewClientBuilder().WithScheme(scheme).
		WithTypeConverters(managedfields.NewDeducedTypeConverter()).
		WithStatusSubresource(&v1alpha1.RegisteredModel{}, &v1alpha1.ModelPromotion{}, &v1alpha1.ModelVersion{}).
		WithInterceptorFuncs(interceptor.Funcs{SubResourceApply: e.applyStatus, Patch: e.patchObject})
	e.must(kubeutil.SetupIndexes(e.ctx, indexer{builder}))
	return builder.Build()
}

// indexer lets the fake client have the very indexes of the cache.
type indexer struct{ *fake.ClientBuilder }

func (i indexer) IndexField(_ context.Context, obj client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(obj, field, values)
	return nil
}

func (e *env) applyStatus(
	ctx context.Context, c client.Client, name string, obj runtime.ApplyConfiguration, opts ...client.SubResourceApplyOption,
) error {
	if e.killed.Load() {
		return errOperatorKilled
	}
	e.statusWrites++
	n, write := e.statusWrites, func() error { return c.SubResource(name).Apply(ctx, obj, opts...) }
	if then := e.onWriteAhead; then != nil && isWriteAhead(obj) {
		e.onWriteAhead = nil
		return then(write)
	}
	return e.onStatusWrite(n, write)
}

// patchObject is how a finalizer is written. It fails with the operator, as a status does.
func (e *env) patchObject(
	ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption,
) error {
	if e.killed.Load() {
		return errOperatorKilled
	}
	e.statusWrites++
	return e.onStatusWrite(e.statusWrites, func() error { return c.Patch(ctx, obj, patch, opts...) })
}

// isWriteAhead tells whether a status says that a change of hands is under way.
func isWriteAhead(obj runtime.ApplyConfiguration) bool {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	underway, found, _ := unstructured.NestedMap(content, "status", "pendingTransition")
	return err == nil && found && len(underway) > 0
}

// createObject creates an object as an API server would: with what the fake client leaves out.
func (e *env) createObject(obj client.Object) {
	e.Helper()
	e.objectCount++
	obj.SetUID(types.UID(fmt.Sprintf("uid-%d", e.objectCount)))
	obj.SetGeneration(1)
	obj.SetCreationTimestamp(metav1.NewTime(noon))
	e.must(e.kube.Create(e.ctx, obj))
	if _, ok := obj.(*v1alpha1.ModelPromotion); ok {
		e.promotions = append(e.promotions, obj.GetName())
	}
	if _, ok := obj.(*v1alpha1.ModelVersion); ok {
		e.modelVersions = append(e.modelVersions, obj.GetName())
	}
}

func (e *env) getModel() *v1alpha1.RegisteredModel {
	e.Helper()
	var model v1alpha1.RegisteredModel
	e.must(e.kube.Get(e.ctx, types.NamespacedName{Namespace: "default", Name: sentiment}, &model))
	return &model
}

func (e *env) getPromotion(name string) *v1alpha1.ModelPromotion {
	e.Helper()
	var promotion v1alpha1.ModelPromotion
	e.must(e.kube.Get(e.ctx, types.NamespacedName{Namespace: "default", Name: name}, &promotion))
	return &promotion
}

// getRegistration is a ModelVersion; nil when there is none of that name.
func (e *env) getModelVersion(name string) *v1alpha1.ModelVersion {
	e.Helper()
	var version v1alpha1.ModelVersion
	err := e.kube.Get(e.ctx, types.NamespacedName{Namespace: "default", Name: name}, &version)
	if apierrors.IsNotFound(err) {
		return nil
	}
	e.must(err)
	return &version
}

func (e *env) editModelVersion(name string, change func(*v1alpha1.ModelVersionSpec)) {
	e.Helper()
	version := e.getModelVersion(name)
	change(&version.Spec)
	version.Generation++
	e.must(e.kube.Update(e.ctx, version))
}

func (e *env) editModel(change func(*v1alpha1.RegisteredModelSpec)) {
	e.Helper()
	model := e.getModel()
	change(&model.Spec)
	model.Generation++
	e.must(e.kube.Update(e.ctx, model))
}

func (e *env) editPromotion(name string, change func(*v1alpha1.ModelPromotionSpec)) {
	e.Helper()
	promotion := e.getPromotion(name)
	change(&promotion.Spec)
	promotion.Generation++
	e.must(e.kube.Update(e.ctx, promotion))
}
