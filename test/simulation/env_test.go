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

// errOperatorKilled answers every write of a killed operator to Kubernetes.
var errOperatorKilled = errors.New("the operator was killed")

// testingT is the common part of *testing.T and *rapid.T.
type testingT interface {
	Helper()
	Fatalf(format string, args ...any)
}

// env is one MLflow, one Kubernetes API and one operator. Everything in it happens because
// the test calls for it, in the order of the calls.
type env struct {
	testingT
	ctx      context.Context
	tick     func() time.Time
	verifier fakeVerifier
	mlflow   *mlflowtest.Server
	user     *mlflowtest.User
	kube     client.WithWatch
	operator *operator
	// promotions and modelVersions are the names of the ModelPromotions and ModelVersions, in
	// the order of their creation.
	promotions, modelVersions []string
	// versionClock is the clock of the ModelVersion reconciler. Each round advances it.
	versionClock *clocktesting.FakePassiveClock
	// statusWrites counts the writes of statuses and finalizers. onStatusWrite carries out
	// the n-th one, or fails it.
	statusWrites  int
	onStatusWrite func(n int, write func() error) error
	// onWriteAhead replaces the next write of a write-ahead record; nil replaces none.
	onWriteAhead func(write func() error) error
	// recordedMetrics has the metrics of all operators that ran.
	recordedMetrics countingMetrics
	// clock is the clock of all operators that run. Only a test advances it.
	clock *clocktesting.FakePassiveClock
	// flags are the feature flags of the next operator that starts.
	flags featureflags.Flags
	// killed is set if the operator was killed during a reconcile.
	killed atomic.Bool
	// objectCount numbers objects, for their UIDs. versionCount is the number of the newest
	// version in MLflow, and operatorCount is how many operators were started.
	objectCount, versionCount, operatorCount int
	// metricCount is the timestamp and the step of the last metric.
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

// restartOperator stops the operator and starts another one, which has none of its memory.
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

// indexer gives the fake client the indexes of the manager's cache.
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
	if replace := e.onWriteAhead; replace != nil && isWriteAhead(obj) {
		e.onWriteAhead = nil
		return replace(write)
	}
	return e.onStatusWrite(n, write)
}

// patchObject carries out a patch, which is how the operator writes a finalizer. Faults hit it
// as they hit the write of a status.
func (e *env) patchObject(
	ctx context.Context, c client.WithWatch, obj client.Object, patch client.Patch, opts ...client.PatchOption,
) error {
	if e.killed.Load() {
		return errOperatorKilled
	}
	e.statusWrites++
	return e.onStatusWrite(e.statusWrites, func() error { return c.Patch(ctx, obj, patch, opts...) })
}

// isWriteAhead reports whether a status has a pending transition.
func isWriteAhead(obj runtime.ApplyConfiguration) bool {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(obj)
	pending, found, _ := unstructured.NestedMap(content, "status", "pendingTransition")
	return err == nil && found && len(pending) > 0
}

// createObject creates an object with the UID, generation and creation time that an API
// server would set and the fake client does not.
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

// getModelVersion returns the ModelVersion of that name, or nil if there is none.
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
