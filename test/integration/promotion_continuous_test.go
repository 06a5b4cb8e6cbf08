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

var validated = map[string]string{"validated": "true"}

func newestValidated(version string) verdict {
	return verdict{version: version, resolved: "version " + version + " is the newest with tag validated=true"}
}

var _ = Describe("A promotion that looks for versions itself", func() {
	It("follows the newest version with a tag, and keeps the last good one when a newer is refused", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx)
		w.train(ctx, modelName, metrics{"accuracy": "0.9"}, validated)
		w.train(ctx, modelName, metrics{"accuracy": "0.91"}, nil)
		w.apply(ctx, gated())
		w.apply(ctx, builder.Promotion(toProduction).Latest(map[string]v1alpha1.TagValue{"validated": "true"}))
		p := shows(ctx, w.promotion(toProduction), newestValidated("1").holds()...)

		By("tagging a newer version")
		Expect(w.user.SetVersionTag(ctx, modelName, "2", "validated", "true")).To(Succeed())
		w.poll()
		shows(ctx, p, newestValidated("2").holds()...)

		By("registering one that is worse")
		w.train(ctx, modelName, metrics{"accuracy": "0.5"}, validated)
		w.poll()
		worse := newestValidated("3")
		worse.reason, worse.keeps = "GateFailed", "version 2"
		worse.because = w.about("3", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)")
		shows(ctx, p, worse.blocked()...)
		Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("2")))

		By("registering one that is good again")
		w.train(ctx, modelName, metrics{"accuracy": "0.95"}, validated)
		w.poll()
		shows(ctx, p, newestValidated("4").holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1", "champion=2", "champion=4"}))
		w.tells(ctx, toProduction,
			"Normal Promoted: alias champion of model sentiment was set to version 1; no version held it before",
			"Normal Promoted: alias champion of model sentiment moved from version 1 to 2",
			"Warning GateFailed: "+worse.refusal()[len("GateFailed: "):],
			"Normal Promoted: alias champion of model sentiment moved from version 2 to 4")
	})

	It("promotes no version that lost its tag after the last poll", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx)
		w.train(ctx, modelName, nil, validated)
		w.apply(ctx, demanding())
		w.apply(ctx, builder.Promotion(toProduction).Latest(map[string]v1alpha1.TagValue{"validated": "true"}))
		shows(ctx, w.promotion(toProduction), newestValidated("1").holds()...)
		w.train(ctx, modelName, nil, validated)
		w.mlflow.Fail(mlflowtest.Endpoint(listModels), mlflowtest.After(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(w.user.DeleteVersionTag(ctx, modelName, "2", "validated")).To(Succeed())
		}).Times(1))
		gate := w.mlflow.Gate()
		w.mlflow.Fail(mlflowtest.All(mlflowtest.Endpoint("model-versions/get"), mlflowtest.Naming("version", "2")), gate.HoldAnswer())
		w.poll()
		Eventually(gate.Arrived()).WithContext(ctx).Should(Receive())
		gate.Open()
		lookNow(ctx, w.promotion(toProduction))
		shows(ctx, w.promotion(toProduction), newestValidated("1").holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=1"}))
		Expect(w.mlflow.Version(modelName, "2").Tags).To(BeEmpty())
	})

	It("follows another stage", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, staged())
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		p := w.apply(ctx, builder.Promotion(toProduction).FromStage("staging")).(*v1alpha1.ModelPromotion)
		shows(ctx, p, verdict{version: "1", resolved: "version 1 holds stage staging"}.holds()...)
		w.promote(ctx, toStaging, "2")
		shows(ctx, p, verdict{version: "2", resolved: "version 2 holds stage staging"}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"staging=1", "champion=1", "staging=2", "champion=2"}))
	})

	It("follows an alias that people set, and keeps its version when they delete it", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, demanding())
		p := w.apply(ctx, builder.Promotion(toProduction).FromAlias("challenger")).(*v1alpha1.ModelPromotion)
		shows(ctx, p, unresolved("Reconciling", "VersionNotFound", "no version holds alias challenger")...)
		Expect(w.user.SetAlias(ctx, modelName, "challenger", "2")).To(Succeed())
		w.poll()
		shows(ctx, p, verdict{version: "2", resolved: "version 2 holds alias challenger"}.holds()...)

		Expect(w.user.DeleteAlias(ctx, modelName, "challenger")).To(Succeed())
		w.poll()
		shows(ctx, p, verdict{
			version: "2", resolved: "no version holds alias challenger: version 2, which took the stage last, stays wanted",
		}.holds()...)
		Expect(w.aliasWrites()).To(Equal([]string{"champion=2"}))
	})

	It("waits for the first version", func(ctx SpecContext) {
		w := connected(ctx)
		w.apply(ctx, gated())
		p := w.apply(ctx, builder.Promotion(toProduction).Latest(nil)).(*v1alpha1.ModelPromotion)
		shows(ctx, p, unresolved("Reconciling", "VersionNotFound", "model sentiment has no version yet")...)
		w.train(ctx, modelName, metrics{"accuracy": "0.9"}, nil)
		w.poll()
		shows(ctx, p, verdict{version: "1", resolved: "version 1 is the newest"}.holds()...)
	})

	It("says when it is to follow a stage that the model does not have", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, demanding())
		w.apply(ctx, builder.Promotion(toProduction).FromStage("canary"))
		shows(ctx, w.promotion(toProduction), unresolved("Stalled", "StageNotFound",
			"versionFrom names the stage canary, which the model does not have")...)
	})
})
