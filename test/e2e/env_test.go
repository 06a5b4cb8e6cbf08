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

// env is what one story plays in: a namespace, and an MLflow with the operator behind
// a proxy and somebody else before it.
type env struct {
	namespace string
	proxy     *proxy
	user      *mlflowtest.User
	// experiment is where runs are logged.
	experiment string
}

func newEnv(ctx SpecContext, server *mlflowserver.Server) *env {
	GinkgoHelper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "story-"}}
	Expect(controlPlane.Client.Create(ctx, namespace)).To(Succeed())
	w := &env{
		namespace: namespace.Name, proxy: newProxy(server.URL), user: &mlflowtest.User{URL: server.URL}, experiment: "0",
	}
	DeferCleanup(func(ctx SpecContext) {
		for _, obj := range []client.Object{
			&v1alpha1.ModelVersion{}, &v1alpha1.ModelPromotion{}, &v1alpha1.RegisteredModel{}, &v1alpha1.MLflowConnection{},
		} {
			Expect(controlPlane.Client.DeleteAllOf(ctx, obj, client.InNamespace(w.namespace))).To(Succeed())
		}
	})
	return w
}

func (w *env) newConnection() *builder.ConnectionBuilder {
	return builder.Connection("mlflow").URL(w.proxy.url)
}

// newGatedModel is a model whose production demands an accuracy over 0.85 that beats the champion's.
func newGatedModel(name string) *builder.ModelBuilder {
	return builder.RegisteredModel(name).Stages(builder.Stage("production").Alias("champion").MLflowStage("Production").Gates(
		builder.GreaterThanGate("accuracy", "0.85"), builder.ComparisonGate("accuracy", v1alpha1.HigherIsBetter)))
}

func (w *env) createObject(ctx SpecContext, obj client.Object) {
	GinkgoHelper()
	obj.SetNamespace(w.namespace)
	Expect(controlPlane.Client.Create(ctx, obj)).To(Succeed())
}

// setVersion edits the version of a promotion.
func (w *env) setVersion(ctx SpecContext, name string, version v1alpha1.Version) {
	GinkgoHelper()
	patch := []byte(`{"spec":{"version":"` + string(version) + `"}}`)
	p := &v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	Expect(controlPlane.Client.Patch(ctx, p, client.RawPatch("application/merge-patch+json", patch))).To(Succeed())
}

// requestReconcile asks the operator to read the registry now, as a person does with an annotation.
func (w *env) requestReconcile(ctx SpecContext) {
	GinkgoHelper()
	patch := []byte(`{"metadata":{"annotations":{"` + v1alpha1.ReconcileRequestedAtAnnotation + `":"now"}}}`)
	c := &v1alpha1.MLflowConnection{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "mlflow"}}
	Expect(controlPlane.Client.Patch(ctx, c, client.RawPatch("application/merge-patch+json", patch))).To(Succeed())
}

// waitForPromotion waits until a promotion is Ready, or not, for a reason, and keeps the rulebook.
func (w *env) waitForPromotion(ctx SpecContext, name, reason string) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	p := &v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
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

// historyReasons are those of the history, newest first: CAUSE VERSION.
func historyReasons(p *v1alpha1.ModelPromotion) []string {
	var all []string
	for _, h := range p.Status.History {
		all = append(all, string(h.Reason)+" "+string(h.Version))
	}
	return all
}

// trainVersion logs a run with an accuracy and registers a version of it.
func (w *env) trainVersion(ctx SpecContext, model, accuracy string) {
	GinkgoHelper()
	run, err := w.user.CreateRun(ctx, w.experiment, nil)
	Expect(err).NotTo(HaveOccurred())
	Expect(w.user.LogMetric(ctx, run.RunID, mlflowtest.Point{Key: "accuracy", Value: accuracy, Timestamp: 1})).To(Succeed())
	_, err = w.user.CreateVersion(ctx, mlflowtest.VersionSpec{Name: model, Source: "runs:/" + run.RunID + "/model", RunID: run.RunID})
	Expect(err).NotTo(HaveOccurred())
}

// getModel is a model as MLflow shows it.
func (w *env) getModel(ctx SpecContext, name string) *entities.RegisteredModel {
	GinkgoHelper()
	var answer struct {
		Model entities.RegisteredModel `json:"registered_model"`
	}
	Expect(w.user.CallEndpoint(ctx, http.MethodGet, "registered-models/get", map[string]any{"name": name}, &answer)).To(Succeed())
	return &answer.Model
}

// getEvidence is the tag that says how a version came to hold production.
func (w *env) getEvidence(ctx SpecContext, name, version string) string {
	GinkgoHelper()
	var answer struct {
		Version entities.ModelVersion `json:"model_version"`
	}
	args := map[string]any{"name": name, "version": version}
	Expect(w.user.CallEndpoint(ctx, http.MethodGet, "model-versions/get", args, &answer)).To(Succeed())
	return answer.Version.Tags[v1alpha1.EvidenceTagPrefix+"production"]
}
