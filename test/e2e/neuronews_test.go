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
	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

const classifier = "neuro_sentiment_classifier"

// The models are those of config/samples/neuronews, in the namespace of the story.
var _ = Describe("The six standard models on a real MLflow", func() {
	It("follow the rules of their classes, also after an edit of a class", func(ctx SpecContext) {
		e := newEnv(ctx, openServer)
		e.createObject(ctx, e.newConnection().PollInterval("1s").Build())
		e.applySamples(ctx)
		for name, model := range map[string]string{
			"sentiment": classifier, "embeddings": "neuro_embeddings_encoder", "rag": "neuro_rag_retriever",
			"topics": "neuro_topic_extractor", "summarizer": "neuro_summarizer", "clustering": "neuro_clustering_engine",
		} {
			e.waitForModel(ctx, name, v1alpha1.ReasonSynced)
			Expect(e.getModel(ctx, model).Tags).To(HaveKeyWithValue("deployment_target", "production"))
		}

		By("promoting a version through both stages, and through MLflow's legacy stages")
		e.registerVersion(ctx, classifier, map[string]string{"accuracy": "0.91", "f1_score": "0.88"})
		e.registerVersion(ctx, classifier, map[string]string{"accuracy": "0.91", "f1_score": "0.80"})
		e.createObject(ctx, builder.Promotion("staging").Stage("staging").Version("1").Build())
		e.createObject(ctx, builder.Promotion("production").Version("1").Build())
		e.waitForPromotion(ctx, "production", v1alpha1.ReasonPromoted)
		Expect(e.getModel(ctx, classifier).Aliases).To(Equal(map[string]string{"staging": "1", "champion": "1"}))
		Expect(e.getModel(ctx, classifier).LatestInStage("Production").Version).To(Equal("1"))

		By("blocking a version that only equals a threshold of the class")
		e.setVersion(ctx, "staging", "2")
		e.setVersion(ctx, "production", "2")
		p := e.waitForPromotion(ctx, "production", v1alpha1.ReasonGateFailed)
		Expect(readyCondition(p).Message).To(ContainSubstring("f1_score 0.8 is not greater than 0.8"))
		Expect(e.getModel(ctx, classifier).LatestInStage("Staging").Version).To(Equal("2"))

		By("editing the class, so that the model violates it, and fixing the model")
		e.patchObject(ctx, &v1alpha1.ModelClass{ObjectMeta: metav1.ObjectMeta{Name: "neuronews-sentiment"}},
			`[{"op": "replace", "path": "/spec/tags/0/values", "value": ["news"]}]`)
		e.waitForModel(ctx, "sentiment", v1alpha1.ReasonInvalidSpec)
		e.waitForPromotion(ctx, "production", v1alpha1.ReasonModelNotReady)
		Expect(e.getModel(ctx, classifier).Tags).To(HaveKeyWithValue("team", "nlp"))
		e.patchObject(ctx, &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "sentiment"}},
			`[{"op": "replace", "path": "/spec/tags/team", "value": "news"}]`)
		e.waitForModel(ctx, "sentiment", v1alpha1.ReasonSynced)
		Expect(e.getModel(ctx, classifier).Tags).To(HaveKeyWithValue("team", "news"))
		Expect(e.getModel(ctx, classifier).Aliases).To(HaveKeyWithValue("champion", "1"))
	})
})

// applySamples applies the samples of NeuroNews to the namespace of the story.
func (e *env) applySamples(ctx SpecContext) {
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
			e.createObject(ctx, object)
		}
	}
}

// waitForModel waits until the Ready condition of a model has a reason.
func (e *env) waitForModel(ctx SpecContext, name, reason string) {
	GinkgoHelper()
	m := &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
	Eventually(func(g Gomega) {
		g.Expect(controlPlane.Client.Get(ctx, client.ObjectKeyFromObject(m), m)).To(Succeed())
		g.Expect(m.Status.ObservedGeneration).To(Equal(m.Generation))
		g.Expect(m.Status.Conditions).To(ContainElement(And(
			HaveField("Type", v1alpha1.ConditionReady), HaveField("Reason", reason))), "%+v", m.Status.Conditions)
	}).WithContext(ctx).Should(Succeed())
}

// patchObject applies a JSON patch.
func (e *env) patchObject(ctx SpecContext, obj client.Object, patch string) {
	GinkgoHelper()
	Expect(controlPlane.Client.Patch(ctx, obj, client.RawPatch(types.JSONPatchType, []byte(patch)))).To(Succeed())
}
