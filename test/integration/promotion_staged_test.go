// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const toStaging = "to-staging"

// staged is a model with two stages in order, each kept in step with MLflow's own.
func staged() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(
		builder.Stage("staging").MLflowStage("Staging"),
		builder.Stage("production").Alias("champion").MLflowStage("Production").PromotesFrom("staging"))
}

func inStaging(version string) verdict {
	return verdict{version: version, stage: "staging", alias: "staging"}
}

// mlflowStages are MLflow's own stages of the versions.
func (w *world) mlflowStages(versions ...string) []string {
	var stages []string
	for _, version := range versions {
		stages = append(stages, w.mlflow.Version(modelName, version).CurrentStage)
	}
	return stages
}

var _ = Describe("A model with staging and production", func() {
	It("takes a version through both, and MLflow's own stages with it", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, staged())

		By("promoting the first version")
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
		Expect(w.mlflowStages("1", "2")).To(Equal([]string{"Staging", "None"}))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(w.mlflowStages("1", "2")).To(Equal([]string{"Production", "None"}))

		By("promoting its successor")
		w.promote(ctx, toStaging, "2")
		shows(ctx, w.promotion(toStaging), inStaging("2").holds()...)
		w.promote(ctx, toProduction, "2")
		shows(ctx, w.promotion(toProduction), verdict{version: "2"}.holds()...)
		Expect(w.mlflowStages("1", "2")).To(Equal([]string{"Archived", "Production"}))
		Expect(w.aliasWrites()).To(Equal([]string{"staging=1", "champion=1", "staging=2", "champion=2"}))
	})

	It("refuses a version that skipped staging, until it was there", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, staged())
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{
			version: "1", reason: "OutOfOrder",
			because: "version 1 was never promoted to staging: promote it there first",
		}.stalled()...)
		Expect(w.aliasWrites()).To(BeEmpty())

		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"staging=1", "champion=1"}))
	})

	It("does not move the version in production back to staging", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, staged())
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.promote(ctx, toStaging, "2")
		shows(ctx, w.promotion(toStaging), inStaging("2").holds()...)

		w.promote(ctx, toStaging, "1")
		shows(ctx, w.promotion(toStaging), verdict{
			version: "1", stage: "staging", reason: "BackwardTransition", keeps: "version 2",
			because: "version 1 holds the later stage production: it is not moved back to staging, " +
				"let another version take production first",
		}.stalled()...)
		Expect(w.mlflow.Alias(modelName, "staging")).To(Equal("2"))

		By("letting another version take production, which clears the way")
		w.promote(ctx, toProduction, "2")
		shows(ctx, w.promotion(toProduction), verdict{version: "2"}.holds()...)
		back := inStaging("1")
		back.reason = "RolledBack"
		shows(ctx, w.promotion(toStaging), back.holds()...)
		Expect(w.mlflowStages("1", "2")).To(Equal([]string{"Staging", "Production"}))
	})
})
