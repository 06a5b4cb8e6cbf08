// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var validated = map[string]string{"validated": "true"}

func newestValidatedExpectation(version string) env.Expectation {
	return env.Expectation{Version: version, Resolution: "version " + version + " is the newest with tag validated=true"}
}

var _ = Describe("A promotion with versionFrom", func() {
	It("follows the newest version with a tag, and keeps the last good one if a newer one is blocked", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx)
		e.RegisterRunVersion(ctx, env.ModelName, env.Metrics{"accuracy": "0.9"}, validated)
		e.RegisterRunVersion(ctx, env.ModelName, env.Metrics{"accuracy": "0.91"}, nil)
		e.CreateObject(ctx, env.NewGatedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromLatest(map[string]v1alpha1.TagValue{"validated": "true"}))
		p := e.WaitForPromotion(ctx, newestValidatedExpectation("1").PromotedConditions()...)

		By("tagging a newer version")
		Expect(e.User.SetVersionTag(ctx, env.ModelName, "2", "validated", "true")).To(Succeed())
		e.PollNow()
		env.WaitForConditions(ctx, p, newestValidatedExpectation("2").PromotedConditions()...)

		By("registering a worse version")
		e.RegisterRunVersion(ctx, env.ModelName, env.Metrics{"accuracy": "0.5"}, validated)
		e.PollNow()
		worse := newestValidatedExpectation("3")
		worse.Reason, worse.CurrentVersion = "GateFailed", "version 2"
		worse.Detail = e.FillPlaceholders("3", env.AccuracyNotGreaterMessage("0.5", "0.85"))
		env.WaitForConditions(ctx, p, worse.BlockedConditions()...)
		Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("2")))

		By("registering a good version")
		e.RegisterRunVersion(ctx, env.ModelName, env.Metrics{"accuracy": "0.95"}, validated)
		e.PollNow()
		env.WaitForConditions(ctx, p, newestValidatedExpectation("4").PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2", "champion=4"}))
		e.WaitForPromotionEvents(ctx, env.ToProduction,
			env.FirstPromotedEvent,
			env.PromotedEvent("1", "2"),
			"Warning GateFailed: "+worse.BlockedMessage()[len("GateFailed: "):],
			env.PromotedEvent("2", "4"))
	})

	It("promotes no version that lost its tag after the last poll", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx)
		e.RegisterRunVersion(ctx, env.ModelName, nil, validated)
		e.CreateObject(ctx, env.NewModelWithGates())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromLatest(map[string]v1alpha1.TagValue{"validated": "true"}))
		e.WaitForPromotion(ctx, newestValidatedExpectation("1").PromotedConditions()...)
		e.RegisterRunVersion(ctx, env.ModelName, nil, validated)
		e.MLflow.InjectFault(mlflowtest.CallsTo(env.SearchModelsEndpoint), mlflowtest.RunAfter(func(mlflowtest.Call) {
			defer GinkgoRecover()
			Expect(e.User.DeleteVersionTag(ctx, env.ModelName, "2", "validated")).To(Succeed())
		}).Times(1))
		gate := e.MLflow.NewBarrier()
		e.MLflow.InjectFault(mlflowtest.MatchAll(mlflowtest.CallsTo("model-versions/get"),
			mlflowtest.WithArgument("version", "2")), gate.BlockResponse())
		e.PollNow()
		Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
		gate.Release()
		env.RequestReconcile(ctx, e.PromotionObject(env.ToProduction))
		e.WaitForPromotion(ctx, newestValidatedExpectation("1").PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
		Expect(e.MLflow.Version(env.ModelName, "2").Tags).To(BeEmpty())
	})

	It("follows another stage", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, env.NewStagedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		p := e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromStage("staging")).(*v1alpha1.ModelPromotion)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1", Resolution: "version 1 holds stage staging"}.PromotedConditions()...)
		e.SetVersion(ctx, env.ToStaging, "2")
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2", Resolution: "version 2 holds stage staging"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"staging=1", "champion=1", "staging=2", "champion=2"}))
	})

	It("follows an alias that users set, and keeps its version after they delete it", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, env.NewModelWithGates())
		p := e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromAlias("challenger")).(*v1alpha1.ModelPromotion)
		env.WaitForConditions(ctx, p, env.UnresolvedConditions("Reconciling", "VersionNotFound", "no version holds alias challenger")...)
		Expect(e.User.SetAlias(ctx, env.ModelName, "challenger", "2")).To(Succeed())
		e.PollNow()
		env.WaitForConditions(ctx, p, env.Expectation{Version: "2", Resolution: "version 2 holds alias challenger"}.PromotedConditions()...)

		Expect(e.User.DeleteAlias(ctx, env.ModelName, "challenger")).To(Succeed())
		e.PollNow()
		env.WaitForConditions(ctx, p, env.Expectation{
			Version: "2", Resolution: "no version holds alias challenger: the last promoted version 2 remains the candidate",
		}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=2"}))
	})

	It("waits for the first version", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateObject(ctx, env.NewGatedModel())
		p := e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromLatest(nil)).(*v1alpha1.ModelPromotion)
		env.WaitForConditions(ctx, p, env.UnresolvedConditions("Reconciling", "VersionNotFound", "model sentiment has no version yet")...)
		e.RegisterRunVersion(ctx, env.ModelName, env.Metrics{"accuracy": "0.9"}, nil)
		e.PollNow()
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1", Resolution: "version 1 is the newest"}.PromotedConditions()...)
	})

	It("reports a stage that the model does not have", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, env.NewModelWithGates())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).FromStage("canary"))
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "ReferenceNotFound",
			"versionFrom names the stage canary, which the model does not have")...)
	})
})
