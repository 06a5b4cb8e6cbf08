// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"cmp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// toProduction is the promotion of most stories.
const toProduction = "to-production"

// demanding is the model whose production demands these gates.
func demanding(gates ...v1alpha1.Gate) *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(builder.Stage("production").Alias("champion").Gates(gates...))
}

// champion is a world in which version 1 of a model holds production, as a promotion
// asked for.
func champion(ctx SpecContext, model *builder.ModelBuilder, versions ...metrics) *world {
	GinkgoHelper()
	w := connected(ctx)
	w.registered(ctx, versions...)
	w.apply(ctx, model)
	w.apply(ctx, builder.Promotion(toProduction).Version("1"))
	shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
	return w
}

// history is who held the stage, newest first: CAUSE VERSION after PREVIOUS.
func history(p *v1alpha1.ModelPromotion) []string {
	var all []string
	for i := range p.Status.History {
		record := &p.Status.History[i]
		all = append(all, string(record.Cause)+" "+string(record.Version)+" after "+
			cmp.Or(string(record.PreviousVersion), "none"))
	}
	return all
}

// records waits until the promotion has this history.
func (w *world) records(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		p := w.promotion(name)
		g.Expect(plane.Client.Get(ctx, key(p), p)).To(Succeed())
		g.Expect(history(p)).To(Equal(want))
	}).WithContext(ctx).Should(Succeed())
}

// runOf is the run that a version names, as sentences call it.
func (w *world) runOf(version string) string {
	return w.mlflow.Version(modelName, version).RunID[:8]
}

// about replaces RUN and MODEL in a sentence by the run and the logged model of a version.
func (w *world) about(version, sentence string) string {
	source, _ := strings.CutPrefix(w.mlflow.Version(modelName, version).Source, "models:/")
	return strings.NewReplacer("RUN", w.runOf(version), "MODEL", source[:min(len(source), len("m-")+8)]).Replace(sentence)
}

// bucket registers a version that lies in a bucket and claims a run.
func (w *world) bucket(ctx SpecContext, logged metrics) {
	GinkgoHelper()
	_, err := w.user.CreateVersion(ctx, mlflowtest.VersionSpec{
		Name: modelName, Source: "s3://models/sentiment", RunID: w.run(ctx, logged),
	})
	Expect(err).NotTo(HaveOccurred())
}

// loggedModel registers a version from a logged model that carries the metrics of its run.
func (w *world) loggedModel(ctx SpecContext, logged metrics) {
	GinkgoHelper()
	runID := w.run(ctx, nil)
	model, err := w.user.CreateLoggedModel(ctx, "0", runID)
	Expect(err).NotTo(HaveOccurred())
	for key, value := range logged {
		point := mlflowtest.Point{Key: key, Value: value, Timestamp: w.now, ModelID: model.ModelID}
		Expect(w.user.LogMetric(ctx, runID, point)).To(Succeed())
	}
	_, err = w.user.CreateVersion(ctx, mlflowtest.VersionSpec{
		Name: modelName, Source: "models:/" + model.ModelID, ModelID: model.ModelID,
	})
	Expect(err).NotTo(HaveOccurred())
}
