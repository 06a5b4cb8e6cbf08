// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

const classifier = "neuro_sentiment_classifier"

// As config/samples/neuronews declares them, but for the namespace.
var _ = Describe("The six standard models on a real MLflow", func() {
	It("are held to their classes, an edit of one included", func(ctx SpecContext) {
		w := newEnv(ctx, openServer)
		w.createObject(ctx, w.newConnection().PollInterval("1s").Build())
		w.applySamples(ctx)
		for name, model := range map[string]string{
			"sentiment": classifier, "embeddings": "neuro_embeddings_encoder", "rag": "neuro_rag_retriever",
			"topics": "neuro_topic_extractor", "summarizer": "neuro_summarizer", "clustering": "neuro_clustering_engine",
		} {
			w.waitForModel(ctx, name, v1alpha1.ReasonSynced)
			Expect(w.getModel(ctx, model).Tags).To(HaveKeyWithValue("deployment_target", "production"))
		}

		By("promoting a version through both stages, and MLflow's own with it")
		w.createMeasuredVersion(ctx, classifier, map[string]string{"accuracy": "0.91", "f1_score": "0.88"})
		w.createMeasuredVersion(ctx, classifier, map[string]string{"accuracy": "0.91", "f1_score": "0.80"})
		w.createObject(ctx, builder.Promotion("staging").Stage("staging").Version("1").Build())
		w.createObject(ctx, builder.Promotion("production").Version("1").Build())
		w.waitForPromotion(ctx, "production", v1alpha1.ReasonPromoted)
		Expect(w.getModel(ctx, classifier).Aliases).To(Equal(map[string]string{"staging": "1", "champion": "1"}))
		Expect(w.getModel(ctx, classifier).LatestInStage("Production").Version).To(Equal("1"))

		By("blocking one that only reaches a threshold of the class")
		w.setVersion(ctx, "staging", "2")
		w.setVersion(ctx, "production", "2")
		p := w.waitForPromotion(ctx, "production", v1alpha1.ReasonGateFailed)
		Expect(readyCondition(p).Message).To(ContainSubstring("f1_score 0.8 is not greater than 0.8"))
		Expect(w.getModel(ctx, classifier).LatestInStage("Staging").Version).To(Equal("2"))

		By("editing the class, so that it blocks the model, and mending the model")
		w.patchObject(ctx, &v1alpha1.ModelClass{ObjectMeta: metav1.ObjectMeta{Name: "neuronews-sentiment"}},
			`[{"op": "replace", "path": "/spec/tags/0/values", "value": ["news"]}]`)
		w.waitForModel(ctx, "sentiment", v1alpha1.ReasonInvalidSpec)
		w.waitForPromotion(ctx, "production", v1alpha1.ReasonModelNotReady)
		Expect(w.getModel(ctx, classifier).Tags).To(HaveKeyWithValue("team", "nlp"))
		w.patchObject(ctx, &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "sentiment"}},
			`[{"op": "replace", "path": "/spec/tags/team", "value": "news"}]`)
		w.waitForModel(ctx, "sentiment", v1alpha1.ReasonSynced)
		Expect(w.getModel(ctx, classifier).Tags).To(HaveKeyWithValue("team", "news"))
		Expect(w.getModel(ctx, classifier).Aliases).To(HaveKeyWithValue("champion", "1"))
	})
})

// applySamples applies the samples of NeuroNews to the namespace of the story.
func (w *env) applySamples(ctx SpecContext) {
	GinkgoHelper()
	root, err := envtest.RepositoryRoot()
	Expect(err).NotTo(HaveOccurred())
	files, err := filepath.Glob(filepath.Join(root, "config", "samples", "neuronews", "[^k]*.yaml"))
	Expect(err).NotTo(HaveOccurred())
	Expect(files).To(HaveLen(6))
	for _, file := range files {
		content, err := os.ReadFile(file)
		Expect(err).NotTo(HaveOccurred())
		for document := range strings.SplitSeq(string(content), "\n---\n") {
			object := &unstructured.Unstructured{}
			Expect(yaml.Unmarshal([]byte(document), &object.Object)).To(Succeed())
			if object.GetKind() == "ModelClass" {
				Expect(controlPlane.Client.Create(ctx, object)).To(Succeed())
				DeferCleanup(func(ctx SpecContext) { Expect(controlPlane.Client.Delete(ctx, object)).To(Succeed()) })
				continue
			}
			w.createObject(ctx, object)
		}
	}
}

// waitForModel waits until a model is Ready, or not, for a reason.
func (w *env) waitForModel(ctx SpecContext, name, reason string) {
	GinkgoHelper()
	m := &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	Eventually(func(g Gomega) {
		g.Expect(controlPlane.Client.Get(ctx, client.ObjectKeyFromObject(m), m)).To(Succeed())
		g.Expect(m.Status.ObservedGeneration).To(Equal(m.Generation))
		g.Expect(m.Status.Conditions).To(ContainElement(And(
			HaveField("Type", v1alpha1.ConditionReady), HaveField("Reason", reason))), "%+v", m.Status.Conditions)
	}).WithContext(ctx).Should(Succeed())
}

// createMeasuredVersion logs a run with metrics and registers a version of it.
func (w *env) createMeasuredVersion(ctx SpecContext, model string, metrics map[string]string) {
	GinkgoHelper()
	run, err := w.user.CreateRun(ctx, w.experiment, nil)
	Expect(err).NotTo(HaveOccurred())
	for key, value := range metrics {
		Expect(w.user.LogMetric(ctx, run.RunID, mlflowtest.Point{Key: key, Value: value, Timestamp: 1})).To(Succeed())
	}
	_, err = w.user.CreateVersion(ctx, mlflowtest.VersionSpec{Name: model, Source: "runs:/" + run.RunID + "/model", RunID: run.RunID})
	Expect(err).NotTo(HaveOccurred())
}

func (w *env) patchObject(ctx SpecContext, obj client.Object, patch string) {
	GinkgoHelper()
	Expect(controlPlane.Client.Patch(ctx, obj, client.RawPatch(types.JSONPatchType, []byte(patch)))).To(Succeed())
}
