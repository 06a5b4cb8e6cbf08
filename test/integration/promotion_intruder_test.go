// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// againstChampion compares with the version behind the stage's own alias.
func againstChampion() v1alpha1.Gate {
	gate := beats("")
	gate.Comparison.Against = &v1alpha1.Baseline{Alias: "champion"}
	return gate
}

var _ = Describe("A version that another hand put into the stage", func() {
	It("does not become the bar that it has to clear", func(ctx SpecContext) {
		w := champion(ctx, demanding(againstChampion()), metrics{"f1": "0.8"}, metrics{"f1": "0.5"})
		w.promote(ctx, toProduction, "2")
		refused := verdict{
			version: "2", reason: "GateFailed", keeps: "version 1",
			because: w.about("2", "f1 0.5 is worse than 0.8 of version 1 by 0.3, but must be better (gate beats-f1, run RUN)"),
		}
		shows(ctx, w.promotion(toProduction), refused.stalled()...)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.poll()
		w.records(ctx, toProduction, "DriftReverted 1 after 2", "Promoted 1 after none")
		shows(ctx, w.promotion(toProduction), refused.stalled()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1", "champion=1"}))
	})

	It("is not taken to have been there all along where it would go backward", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, staged())
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		w.promote(ctx, toStaging, "2")
		shows(ctx, w.promotion(toStaging), inStaging("2").holds()...)
		w.promote(ctx, toStaging, "1")
		refused := verdict{
			version: "1", stage: "staging", reason: "BackwardTransition", keeps: "version 2",
			because: "version 1 holds the later stage production: it is not moved back to staging, " +
				"let another version take production first",
		}
		shows(ctx, w.promotion(toStaging), refused.stalled()...)

		Expect(w.user.SetAlias(ctx, modelName, "staging", "1")).To(Succeed())
		w.poll()
		w.records(ctx, toStaging, "DriftReverted 2 after 1", "Promoted 2 after 1", "Promoted 1 after none")
		shows(ctx, w.promotion(toStaging), refused.stalled()...)
		Expect(w.mlflow.Alias(modelName, "staging")).To(Equal("2"))
	})

	It("is put out although the wanted version can't be judged", func(ctx SpecContext) {
		w := champion(ctx, gated(), metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.91"}, metrics{"accuracy": "0.92"})
		run := w.mlflow.Version(modelName, "2").RunID
		w.mlflow.Fail(mlflowtest.All(mlflowtest.Endpoint("runs/get"), mlflowtest.Naming("run_id", run)), mlflowtest.ServerError())
		Expect(w.user.SetAlias(ctx, modelName, "champion", "3")).To(Succeed())
		w.promote(ctx, toProduction, "2")
		lookNow(ctx, w.promotion(toProduction))
		w.records(ctx, toProduction, "DriftReverted 1 after 3", "Promoted 1 after none")
		Expect(w.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		shows(ctx, w.promotion(toProduction), unread("2", w.about("2",
			"run RUN could not be read: runs/get: 500 INTERNAL_ERROR: database is locked (gate accuracy)"))...)
	})
})
