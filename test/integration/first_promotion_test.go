// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// newGatedModel is the model of most stories: production demands an accuracy over 0.85.
func newGatedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85")))
}

// These are the conditions of a promotion that has what it wants.
func promotedConditions(version, stage, alias string) []string {
	holds := "version " + version + " holds stage " + stage + " as alias " + alias + " of model " + modelName
	return []string{
		"Ready=True Promoted: " + holds,
		"CandidateResolved=True Succeeded: version " + version + " is wanted",
		"GatesPassed=True Succeeded: every gate passed for version " + version + " when it was last evaluated",
		"Promoted=True Promoted: " + holds,
	}
}

var _ = Describe("A first promotion", func() {
	It("gives the stage to a version that passes", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, metrics{"accuracy": "0.91"})
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion("to-production").Version("1"))

		p := waitForConditions(ctx, e.promotionObject("to-production"), promotedConditions("1", "production", "champion")...)
		Expect(e.mlflow.Alias(modelName, "champion")).To(Equal("1"))
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
		Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("1")))
		Expect(p.Status.URI).To(Equal("models:/sentiment@champion"))
		Expect(p.Status.History).To(HaveLen(1))
		Expect(p.Status.History[0].Reason).To(Equal(v1alpha1.PromotionReasonPromoted))
	})
})
