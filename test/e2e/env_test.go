// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

// env is the environment of one story: a namespace, and an MLflow server. The operator uses the
// server through a proxy, and another user directly.
type env struct {
	namespace string
	proxy     *proxy
	user      *mlflowtest.User
	// experiment is the ID of the experiment for runs.
	experiment string
}

func newEnv(ctx SpecContext, server *mlflowserver.Server) *env {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "story-"}}
	Expect(controlPlane.Client.Create(ctx, namespace)).To(Succeed())
	e := &env{
		namespace: namespace.Name, proxy: newProxy(server.URL), user: &mlflowtest.User{URL: server.URL}, experiment: "0",
	}
	DeferCleanup(func(ctx SpecContext) {
		for _, obj := range []client.Object{
			&v1alpha1.ModelVersion{}, &v1alpha1.ModelPromotion{}, &v1alpha1.RegisteredModel{}, &v1alpha1.MLflowConnection{},
		} {
			Expect(controlPlane.Client.DeleteAllOf(ctx, obj, client.InNamespace(e.namespace))).To(Succeed())
		}
	})
	return e
}

func (e *env) newConnection() *builder.ConnectionBuilder {
	return builder.Connection("mlflow").URL(e.proxy.url)
}

// newGatedModel returns a model whose stage production requires an accuracy over 0.85 that beats
// the champion's.
func newGatedModel(name string) *builder.ModelBuilder {
	return builder.RegisteredModel(name).Stages(builder.Stage("production").Alias("champion").MLflowStage("Production").Gates(
		builder.GreaterThanGate("accuracy", "0.85"), builder.ComparisonGate("accuracy", v1alpha1.HigherIsBetter)))
}

func (e *env) createObject(ctx SpecContext, obj client.Object) {
	GinkgoHelper()
	obj.SetNamespace(e.namespace)
	Expect(controlPlane.Client.Create(ctx, obj)).To(Succeed())
}

// setVersion sets the version of a promotion.
func (e *env) setVersion(ctx SpecContext, name string, version v1alpha1.Version) {
	GinkgoHelper()
	patch := []byte(`{"spec":{"version":"` + string(version) + `"}}`)
	p := &v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
	Expect(controlPlane.Client.Patch(ctx, p, client.RawPatch("application/merge-patch+json", patch))).To(Succeed())
}

// requestReconcile requests a poll of the registry with the annotation.
func (e *env) requestReconcile(ctx SpecContext) {
	GinkgoHelper()
	patch := []byte(`{"metadata":{"annotations":{"` + v1alpha1.ReconcileRequestedAtAnnotation + `":"now"}}}`)
	c := &v1alpha1.MLflowConnection{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "mlflow"}}
	Expect(controlPlane.Client.Patch(ctx, c, client.RawPatch("application/merge-patch+json", patch))).To(Succeed())
}

// waitForPromotion waits until the Ready condition of a promotion has a reason, and checks the
// rules of its conditions.
func (e *env) waitForPromotion(ctx SpecContext, name, reason string) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	p := &v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
	Eventually(func(g Gomega) {
		g.Expect(controlPlane.Client.Get(ctx, client.ObjectKeyFromObject(p), p)).To(Succeed())
		g.Expect(p.Status.ObservedGeneration).To(Equal(p.Generation))
		g.Expect(readyCondition(p).Reason).To(Equal(reason), "%+v", p.Status.Conditions)
	}).WithContext(ctx).Should(Succeed())
	Expect(condition.FindViolations(
		condition.Status{Generation: p.Generation, ObservedGeneration: p.Status.ObservedGeneration, Conditions: p.Status.Conditions},
		v1alpha1.ConditionCandidateResolved, v1alpha1.ConditionGatesPassed, v1alpha1.ConditionPromoted,
	)).To(BeEmpty())
	return p
}

func readyCondition(p *v1alpha1.ModelPromotion) metav1.Condition {
	if found := meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady); found != nil {
		return *found
	}
	return metav1.Condition{}
}

// historyReasons returns the records of the history, newest first: REASON VERSION.
func historyReasons(p *v1alpha1.ModelPromotion) []string {
	var reasons []string
	for _, record := range p.Status.History {
		reasons = append(reasons, string(record.Reason)+" "+string(record.Version))
	}
	return reasons
}

// logRun logs a run with metrics, and returns its ID.
func (e *env) logRun(ctx SpecContext, metrics map[string]string) string {
	GinkgoHelper()
	run, err := e.user.CreateRun(ctx, e.experiment, nil)
	Expect(err).NotTo(HaveOccurred())
	for key, value := range metrics {
		Expect(e.user.LogMetric(ctx, run.RunID, mlflowtest.Point{Key: key, Value: value, Timestamp: 1})).To(Succeed())
	}
	return run.RunID
}

// registerVersion logs a run with metrics, and registers a version from it.
func (e *env) registerVersion(ctx SpecContext, model string, metrics map[string]string) {
	GinkgoHelper()
	run := e.logRun(ctx, metrics)
	_, err := e.user.CreateVersion(ctx, mlflowtest.VersionSpec{Name: model, Source: "runs:/" + run + "/model", RunID: run})
	Expect(err).NotTo(HaveOccurred())
}

// trainVersion logs a run with an accuracy, and registers a version from it.
func (e *env) trainVersion(ctx SpecContext, model, accuracy string) {
	GinkgoHelper()
	e.registerVersion(ctx, model, map[string]string{"accuracy": accuracy})
}

// getModel reads a model from MLflow.
func (e *env) getModel(ctx SpecContext, name string) *entities.RegisteredModel {
	GinkgoHelper()
	var response struct {
		Model entities.RegisteredModel `json:"registered_model"`
	}
	Expect(e.user.CallEndpoint(ctx, http.MethodGet, "registered-models/get", map[string]any{"name": name}, &response)).To(Succeed())
	return &response.Model
}

// getTag reads a tag of a version from MLflow.
func (e *env) getTag(ctx SpecContext, name, version, key string) string {
	GinkgoHelper()
	var response struct {
		Version entities.ModelVersion `json:"model_version"`
	}
	args := map[string]any{"name": name, "version": version}
	Expect(e.user.CallEndpoint(ctx, http.MethodGet, "model-versions/get", args, &response)).To(Succeed())
	return response.Version.Tags[key]
}

// getEvidence reads the evidence tag of a version for the stage production.
func (e *env) getEvidence(ctx SpecContext, name, version string) string {
	GinkgoHelper()
	return e.getTag(ctx, name, version, v1alpha1.EvidenceTagPrefix+"production")
}
