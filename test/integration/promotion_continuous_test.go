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

func newestValidatedExpectation(version string) expectation {
	return expectation{version: version, resolution: "version " + version + " is the newest with tag validated=true"}
}

var _ = Describe("A promotion that looks for versions itself", func() {
	It("follows the newest version with a tag, and keeps the last good one when a newer is refused", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx)
		e.registerRunVersion(ctx, modelName, metrics{"accuracy": "0.9"}, validated)
		e.registerRunVersion(ctx, modelName, metrics{"accuracy": "0.91"}, nil)
		e.createObject(ctx, newGatedModel())
		e.createObject(ctx, builder.Promotion(toProduction).FromLatest(map[string]v1alpha1.TagValue{"validated": "true"}))
		p := waitForConditions(ctx, e.promotionObject(toProduction), newestValidatedExpectation("1").promotedConditions()...)

		By("tagging a newer version")
		Expect(e.user.SetVersionTag(ctx, modelName, "2", "validated", "true")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, p, newestValidatedExpectation("2").promotedConditions()...)

		By("registering one that is worse")
		e.registerRunVersion(ctx, modelName, metrics{"accuracy": "0.5"}, validated)
		e.pollNow()
		worse := newestValidatedExpectation("3")
		worse.reason, worse.currentVersion = "GateFailed", "version 2"
		worse.detail = e.fillPlaceholders("3", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)")
		waitForConditions(ctx, p, worse.blockedConditions()...)
		Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("2")))

		By("registering one that is good again")
		e.registerRunVersion(ctx, modelName, metrics{"accuracy": "0.95"}, validated)
		e.pollNow()
		waitForConditions(ctx, p, newestValidatedExpectation("4").promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1", "champion=2", "champion=4"}))
		e.waitForPromotionEvents(ctx, toProduction,
			"Normal Promoted: alias champion of model sentiment was set to version 1; no version held it before",
			"Normal Promoted: alias champion of model sentiment moved from version 1 to 2",
			"Warning GateFailed: "+worse.blockedMessage()[len("GateFailed: "):],
			"Normal Promoted: alias champion of model sentiment moved from version 2 to 4")
	})

	It("promotes no version that lost its tag after the last poll", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx)
		e.registerRunVersion(ctx, modelName, nil, validated)
		e.createObject(ctx, newModelWithGates())
		e.createObject(ctx, builder.Promotion(toProduction).FromLatest(map[string]v1alpha1.TagValue{"validated": "true"}))
		waitForConditions(ctx, e.promotionObject(toProduction), newestValidatedExpectation("1").promotedConditions()...)
		e.registerRunVersion(ctx, modelName, nil, validated)
		e.mlflow.InjectFault(mlflowtest.CallsTo(searchModelsEndpoint), mlflowtest.RunAfter(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(e.user.DeleteVersionTag(ctx, modelName, "2", "validated")).To(Succeed())
		}).Times(1))
		gate := e.mlflow.NewBarrier()
		e.mlflow.InjectFault(mlflowtest.MatchAll(mlflowtest.CallsTo("model-versions/get"), mlflowtest.WithArgument("version", "2")), gate.BlockResponse())
		e.pollNow()
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		gate.Release()
		requestReconcile(ctx, e.promotionObject(toProduction))
		waitForConditions(ctx, e.promotionObject(toProduction), newestValidatedExpectation("1").promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
		Expect(e.mlflow.Version(modelName, "2").Tags).To(BeEmpty())
	})

	It("follows another stage", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newStagedModel())
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		p := e.createObject(ctx, builder.Promotion(toProduction).FromStage("staging")).(*v1alpha1.ModelPromotion)
		waitForConditions(ctx, p, expectation{version: "1", resolution: "version 1 holds stage staging"}.promotedConditions()...)
		e.setVersion(ctx, toStaging, "2")
		waitForConditions(ctx, p, expectation{version: "2", resolution: "version 2 holds stage staging"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"staging=1", "champion=1", "staging=2", "champion=2"}))
	})

	It("follows an alias that people set, and keeps its version when they delete it", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newModelWithGates())
		p := e.createObject(ctx, builder.Promotion(toProduction).FromAlias("challenger")).(*v1alpha1.ModelPromotion)
		waitForConditions(ctx, p, unresolvedConditions("Reconciling", "VersionNotFound", "no version holds alias challenger")...)
		Expect(e.user.SetAlias(ctx, modelName, "challenger", "2")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, p, expectation{version: "2", resolution: "version 2 holds alias challenger"}.promotedConditions()...)

		Expect(e.user.DeleteAlias(ctx, modelName, "challenger")).To(Succeed())
		e.pollNow()
		waitForConditions(ctx, p, expectation{
			version: "2", resolution: "no version holds alias challenger: version 2, which took the stage last, stays wanted",
		}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=2"}))
	})

	It("waits for the first version", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.createObject(ctx, newGatedModel())
		p := e.createObject(ctx, builder.Promotion(toProduction).FromLatest(nil)).(*v1alpha1.ModelPromotion)
		waitForConditions(ctx, p, unresolvedConditions("Reconciling", "VersionNotFound", "model sentiment has no version yet")...)
		e.registerRunVersion(ctx, modelName, metrics{"accuracy": "0.9"}, nil)
		e.pollNow()
		waitForConditions(ctx, p, expectation{version: "1", resolution: "version 1 is the newest"}.promotedConditions()...)
	})

	It("says when it is to follow a stage that the model does not have", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, newModelWithGates())
		e.createObject(ctx, builder.Promotion(toProduction).FromStage("canary"))
		waitForConditions(ctx, e.promotionObject(toProduction), unresolvedConditions("Stalled", "ReferenceNotFound",
			"versionFrom names the stage canary, which the model does not have")...)
	})
})
