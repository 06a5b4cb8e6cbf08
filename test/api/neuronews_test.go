// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/modelclass"
)

// The required gates of production by model, as agreed.
var neuroNewsGates = map[string][]string{
	"neuro_sentiment_classifier": {"accuracy GreaterThan 0.85", "f1_score GreaterThan 0.80"},
	"neuro_embeddings_encoder":   {"similarity_score GreaterThan 0.75", "retrieval_recall_at_10 GreaterThan 0.70"},
	"neuro_rag_retriever":        {"relevance_score GreaterThan 0.80", "answer_quality GreaterThan 0.75"},
	"neuro_topic_extractor":      nil,
	"neuro_summarizer":           nil,
	"neuro_clustering_engine":    nil,
}

// The allowed values of the standard tags.
var neuroNewsTags = map[v1alpha1.TagKey][]string{
	"team":      {"nlp", "search", "research"},
	"domain":    {"sentiment", "embeddings", "rag"},
	"algorithm": {"random_forest", "bert", "lr"},
	"status":    {"experimental", "stable", "deprecated"},
	"framework": {"sklearn", "transformers", "pytorch"},
}

// TestNeuroNews checks that the API server accepts the samples of NeuroNews, that their models have the agreed
// gates and tags, and that they conform to their classes.
func TestNeuroNews(t *testing.T) {
	classes, models := createNeuroNews(t)
	got := map[string][]string{}
	for _, model := range models {
		class := classes[string(model.Spec.ClassName)]
		if class == nil {
			t.Fatalf("model %s is of the class %q", model.MLflowName(), model.Spec.ClassName)
		}
		effective, problems := modelclass.Merge(class, model)
		if problems = append(problems, modelclass.Validate(class)...); len(problems) > 0 {
			t.Fatalf("model %s: %s", model.MLflowName(), modelclass.DescribeViolations(problems))
		}
		if diff := cmp.Diff([]string{"staging=staging/Staging", "production=champion/Production"}, stageAliases(effective.Stages)); diff != "" {
			t.Errorf("stages of model %s (-want +got):\n%s", model.MLflowName(), diff)
		}
		if len(effective.Stages[0].Gates) > 0 {
			t.Errorf("staging of model %s has gates", model.MLflowName())
		}
		got[model.MLflowName()] = gateConditions(effective.Stages[1])
	}
	if diff := cmp.Diff(neuroNewsGates, got); diff != "" {
		t.Errorf("gates (-want +got):\n%s", diff)
	}
	for name, class := range classes {
		if diff := cmp.Diff(neuroNewsTags, allowedTagValues(class)); diff != "" {
			t.Errorf("tags of class %s (-want +got):\n%s", name, diff)
		}
	}
}

// createNeuroNews creates the samples and returns the stored objects.
func createNeuroNews(t *testing.T) (map[string]*v1alpha1.ModelClass, []*v1alpha1.RegisteredModel) {
	t.Helper()
	classes := map[string]*v1alpha1.ModelClass{}
	var models []*v1alpha1.RegisteredModel
	for _, sample := range readSamples(t, filepath.Join("neuronews", "[^k]*.yaml")) {
		if sample.GetKind() != "ModelClass" {
			assignIdentity(t, sample)
		}
		createObject(t, sample)
		switch sample.GetKind() {
		case "ModelClass":
			class := &v1alpha1.ModelClass{}
			fromUnstructured(t, sample.Object, class)
			classes[class.Name] = class
		case "RegisteredModel":
			model := &v1alpha1.RegisteredModel{}
			fromUnstructured(t, sample.Object, model)
			models = append(models, model)
		default:
			t.Errorf("%s is neither a class nor a model", sample.GetKind())
		}
	}
	return classes, models
}

func fromUnstructured(t *testing.T, content map[string]any, object any) {
	t.Helper()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(content, object); err != nil {
		t.Fatal(err)
	}
}

func stageAliases(stages []v1alpha1.Stage) []string {
	var all []string
	for i := range stages {
		all = append(all, string(stages[i].Name)+"="+stages[i].EffectiveAlias()+"/"+string(stages[i].MLflowStage))
	}
	return all
}

func gateConditions(stage v1alpha1.Stage) []string {
	var all []string
	for _, g := range stage.Gates {
		all = append(all, g.Metric.Key+" "+string(g.Metric.Operator)+" "+string(g.Metric.Threshold))
	}
	return all
}

func allowedTagValues(class *v1alpha1.ModelClass) map[v1alpha1.TagKey][]string {
	values := map[v1alpha1.TagKey][]string{}
	for _, rule := range class.Spec.Tags {
		values[rule.Key] = rule.Values
	}
	return values
}
