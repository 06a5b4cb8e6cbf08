// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package class

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("An edit of a class", func() {
	It("reaches all its models, and one that violates it keeps its versions", func(ctx SpecContext) {
		e := newClassEnv(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.95"})
		e.CreateObject(ctx, builder.RegisteredModel("topics").Class(e.Namespace).Tag("team", "research"))
		env.WaitForConditions(ctx, e.ModelObject("topics"), env.SyncedConditions("topics")...)
		before := e.GetModel(ctx)
		e.MLflow.ResetCalls()

		env.EditObject(ctx, e.ClassObject(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[0].Values = []string{"search", "research"} })
		why := `tags.team: "nlp" is not allowed by class ` + e.Namespace + ": search or research"
		m := e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "InvalidSpec", why)...)
		e.WaitForPromotion(ctx, modelNotReadyConditions(why)...)
		env.WaitForConditions(ctx, e.ModelObject("topics"), env.SyncedConditions("topics")...)

		By("requesting a version, and setting the alias as a user")
		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, modelNotReadyConditions(why)...)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.PollNow()
		env.RequestReconcile(ctx, m)
		m = e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "InvalidSpec", why)...)
		e.ExpectNoWrites()
		Expect(m.Status.Stages).To(Equal(before.Status.Stages))
		Expect(m.Status.ManagedTags).To(Equal(before.Status.ManagedTags))
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue("team", "nlp"))
		Expect(env.ListHistory(e.GetPromotion(ctx))).To(Equal([]string{"Promoted 1 after none"}))

		By("correcting the model")
		env.EditObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.Tags["team"] = "search" })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue("team", "search"))
	})

	It("can resolve the violations of its models", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateClass(ctx, e.NewClass())
		e.CreateObject(ctx, e.NewClassifiedModel().Tag("team", "vision"))
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "InvalidSpec", teamNotAllowedMessage(e, "vision"))...)
		e.ExpectNoWrites()
		env.EditObject(ctx, e.ClassObject(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[0].Values = append(c.Spec.Tags[0].Values, "vision") })
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
	})

	It("that makes a gate stricter demotes no version, and applies to the next one", func(ctx SpecContext) {
		e := newClassEnv(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
		raiseClassThreshold(ctx, e, "0.95")
		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, thresholdFailedConditions(e)...)

		By("lowering the threshold again")
		raiseClassThreshold(ctx, e, "0.85")
		e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})

	It("applies to a version whose evaluation has begun", func(ctx SpecContext) {
		e := newClassEnv(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
		gate := e.BlockEvaluation(ctx)
		raiseClassThreshold(ctx, e, "0.95")
		gate.Release()
		e.WaitForPromotion(ctx, thresholdFailedConditions(e)...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("that deletes it blocks a version whose evaluation has begun", func(ctx SpecContext) {
		e := newClassEnv(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.91"})
		gate := e.BlockEvaluation(ctx)
		Expect(env.ControlPlane.Client.Delete(ctx, e.ClassObject())).To(Succeed())
		gate.Release()
		e.WaitForPromotion(ctx, modelNotReadyConditions(noClassMessage(e))...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("that is invalid stops its models, and is reported", func(ctx SpecContext) {
		e := newClassEnv(ctx, env.Metrics{"accuracy": "0.9"})
		e.MLflow.ResetCalls()
		env.EditObject(ctx, e.ClassObject(), func(c *v1alpha1.ModelClass) {
			c.Spec.Tags = append(c.Spec.Tags, v1alpha1.TagRule{Key: "domain", Pattern: "(news"})
		})
		wrong := `tags.domain.pattern: "(news" is not a valid regular expression: missing closing )`
		env.WaitForConditions(ctx, e.ClassObject(), "Ready=False InvalidSpec: "+wrong, "Stalled=True InvalidSpec: "+wrong)
		why := "ModelClass " + e.Namespace + " is invalid, change it: " + wrong
		e.WaitForModel(ctx, env.UnsyncedConditions("Reconciling", "InvalidSpec", why)...)
		e.WaitForPromotion(ctx, modelNotReadyConditions(why)...)

		env.EditObject(ctx, e.ClassObject(), func(c *v1alpha1.ModelClass) { c.Spec.Tags[1].Pattern = "(news)" })
		env.WaitForConditions(ctx, e.ClassObject(), env.AcceptedConditions()...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.ExpectNoWrites()
	})
})

// raiseClassThreshold edits the threshold of the class's gate, and waits until the operator has observed it.
func raiseClassThreshold(ctx SpecContext, e *env.Env, threshold v1alpha1.Decimal) {
	GinkgoHelper()
	env.EditObject(ctx, e.ClassObject(), func(c *v1alpha1.ModelClass) { c.Spec.Stages[0].Gates[0].Metric.Threshold = threshold })
}

// thresholdFailedConditions are the conditions of version 2 after the threshold of the class was raised.
func thresholdFailedConditions(e *env.Env) []string {
	return env.Expectation{
		Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
		Detail: e.FillPlaceholders("2", env.AccuracyNotGreaterMessage("0.91", "0.95")),
	}.StalledConditions()
}
