// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/json"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// unread are the conditions where a gate could not be asked.
func unread(version, because string) []string {
	why := "GateError: " + because
	return []string{
		"Ready=False " + why, "Reconciling=True " + why, verdict{version: version}.found(),
		"GatesPassed=False " + why, "Promoted=Unknown GateError: not known while GatesPassed is False",
	}
}

var _ = Describe("One run that MLflow does not show", func() {
	DescribeTable("is that promotion's misfortune, and nobody else's",
		func(ctx SpecContext, fault func(*world) mlflowtest.Fault, answer string) {
			w := newWorld(ctx, mlflowtest.Options{})
			w.apply(ctx, w.connection().Timeout("2s"))
			w.registered(ctx, metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"})
			w.apply(ctx, builder.RegisteredModel(modelName).Stages(
				builder.Stage("staging"), builder.Stage("production").Alias("champion").Gates(builder.GreaterThan("accuracy", "0.85"))))
			w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
			shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
			w.mlflow.Fail(mlflowtest.Endpoint("runs/get"), fault(w))
			w.apply(ctx, builder.Promotion(toProduction).Version("1"))
			shows(ctx, w.promotion(toProduction), unread("1", w.about("1", "run RUN could not be read: runs/get: "+answer+" (gate accuracy)"))...)
			Expect(provider.State(w.key()).Ready).To(BeTrue())

			By("promoting another version to a stage that does not need the run")
			w.promote(ctx, toStaging, "2")
			shows(ctx, w.promotion(toStaging), inStaging("2").holds()...)
			shows(ctx, w.model(modelName), synced(modelName)...)
			shows(ctx, w.theConnection(), reached(w, anonymous, "")...)
		},
		Entry("in time", func(w *world) mlflowtest.Fault { return w.mlflow.Gate().Hold() }, "no whole answer within 2s"),
		Entry("but a page", func(*world) mlflowtest.Fault { return mlflowtest.LoginPage() }, "200: the answer is not MLflow's JSON"),
	)
})

var _ = Describe("A legacy stage that can't be moved", func() {
	It("does not keep the promotion from being recorded, and is brought in step later", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		rule := w.mlflow.Fail(mlflowtest.Endpoint("model-versions/transition-stage"), mlflowtest.ServerError())
		w.apply(ctx, builder.RegisteredModel(modelName).Stages(builder.Stage("production").Alias("champion").MLflowStage("Production")))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		w.records(ctx, toProduction, "Promoted 1 after none")
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(w.mlflowStages("1")).To(Equal([]string{"None"}))

		rule.Remove()
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(w.mlflowStages("1")).To(Equal([]string{"Production"}))
		Expect(history(p)).To(Equal([]string{"Promoted 1 after none"}))
		w.tells(ctx, toProduction, firstSet, "Warning Mirrored: MLflow's stage Production of model sentiment was out of step "+
			"with alias champion: version 1 was moved there, what was there archived")
	})
})

var _ = Describe("A version that names strange things", func() {
	It("is promoted with a run id that is longer than MLflow's", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx)
		_, err := w.user.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: modelName, Source: "s3://models/sentiment", RunID: strings.Repeat("r", 100),
		})
		Expect(err).NotTo(HaveOccurred())
		w.apply(ctx, demanding())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(history(p)).To(Equal([]string{"Promoted 1 after none"}))
	})

	It("shows in no status what a signed address gives access to", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx)
		_, err := w.user.CreateVersion(ctx, mlflowtest.VersionSpec{
			Name: modelName, Source: "https://user:pa55word@models.example.com/sentiment?X-Amz-Signature=5ecret",
			RunID: w.run(ctx, metrics{"accuracy": "0.9"}),
		})
		Expect(err).NotTo(HaveOccurred())
		w.apply(ctx, gated())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1", reason: "GateFailed", because: w.about("1",
			"version 1 claims run RUN but its source https://models.example.com/sentiment does not lie under the run's artifacts, "+
				"so the run's metrics don't count (gate accuracy; provenance: Claimed would accept them)")}.stalled()...)
		// An event is sent after the status was written, and arrives a moment later.
		var told []string
		Eventually(func() []string { told = w.told(ctx, "ModelPromotion", toProduction); return told }).WithContext(ctx).ShouldNot(BeEmpty())
		for _, obj := range []any{p, w.read(ctx), told} {
			shown, err := json.Marshal(obj)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(shown)).NotTo(Or(ContainSubstring("5ecret"), ContainSubstring("pa55word")))
		}
	})
})
