// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package class

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A model with a class", func() {
	It("has the stages and gates of the class", func(ctx SpecContext) {
		e := newClassEnv(ctx, env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.8"})
		env.WaitForConditions(ctx, e.ClassObject(), env.AcceptedConditions()...)
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(m.Spec.Stages).To(BeEmpty())
		var named v1alpha1.RegisteredModelList
		Expect(env.ControlPlane.Client.List(ctx, &named, client.MatchingFields{"spec.className": e.Namespace})).To(Succeed())
		Expect(named.Items).To(ConsistOf(HaveField("Name", env.ModelName)))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(gateOrigins(p)).To(HaveKeyWithValue("accuracy", v1alpha1.GateOriginClass))

		e.SetVersion(ctx, env.ToProduction, "2")
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
			Detail: e.FillPlaceholders("2", env.AccuracyNotGreaterMessage("0.8", "0.85")),
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})

	It("shows the stages of the class in the status of a version", func(ctx SpecContext) {
		e := newClassEnv(ctx, env.Metrics{"accuracy": "0.9"})
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.CreateObject(ctx, builder.ModelVersion(env.April).AdoptVersion("1"))
		Eventually(func(g Gomega) {
			v := e.VersionObject(env.April)
			g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v)).To(Succeed())
			g.Expect(v.Status.Stages).To(Equal([]v1alpha1.StageName{"production"}))
		}).WithContext(ctx).Should(Succeed())
	})

	It("adds its own tags, stages and gates, and each gate shows its origin", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateClass(ctx, e.NewClass())
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.9", "f1": "0.8", "recall": "0.7"})
		e.CreateObject(ctx, e.NewClassifiedModel().Tag("stars", "5").Stages(
			builder.Stage("staging"),
			builder.Stage("production").PromotesFrom("staging").Gates(builder.GreaterThanGate("f1", "0.7"))))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1").Gates(builder.GreaterThanGate("recall", "0.6")))
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "PrerequisiteStageMissing", Detail: env.NeverInStagingMessage("1"),
		}.StalledConditions()...)

		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.WaitForStageSummary(ctx, "staging=1 production=1")
		Expect(gateOrigins(p)).To(Equal(map[string]v1alpha1.GateOrigin{
			"version-ready": "BuiltIn", "promotes-from": "BuiltIn", "not-backward": "BuiltIn",
			"accuracy": "Class", "f1": "Stage", "recall": "Promotion",
		}))
		Expect(e.MLflow.Model(env.ModelName).Tags).To(HaveKeyWithValue("stars", "5"))
	})

	It("cannot weaken the class: each violation names its field, and nothing is written", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateClass(ctx, e.NewClass().RequireMetadata(v1alpha1.MetadataOwner))
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.5"})
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).Class(e.Namespace).Tag("team", "vision").Stages(
			builder.Stage("fast").Alias("champion"),
			builder.Stage("production").Alias("live").Gates(builder.GreaterThanGate("accuracy", "0.1"))))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.CreateObject(ctx, builder.Promotion("to-fast").Stage("fast").Version("1"))
		of := "class " + e.Namespace
		why := "owner: required by " + of + "; " +
			"stages.fast.alias: champion is the alias of stage production of " + of + ": choose another; " +
			"stages.production.alias: live, but stage production of " + of + " has the alias champion: remove it here; " +
			"stages.production.gates.accuracy: " + of + " has a gate with this name, which a model can't replace: rename this gate; " +
			teamNotAllowedMessage(e, "vision")
		e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "InvalidSpec", why)...)
		e.WaitForPromotion(ctx, modelNotReadyConditions(why)...)
		env.WaitForConditions(ctx, e.PromotionObject("to-fast"), modelNotReadyConditions(why)...)
		e.ExpectNoWrites()

		By("correcting it")
		e.EditModel(ctx, func(m *v1alpha1.RegisteredModel) {
			m.Spec.Owner, m.Spec.Tags, m.Spec.Stages = "nlp-team", map[string]v1alpha1.TagValue{"team": "nlp"}, nil
		})
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "GateFailed", Detail: e.FillPlaceholders("1", env.AccuracyNotGreaterMessage("0.5", "0.85")),
		}.StalledConditions()...)
		env.WaitForConditions(ctx, e.PromotionObject("to-fast"), env.UnresolvedConditions("Stalled", "ReferenceNotFound",
			"RegisteredModel sentiment has no stage fast: add it there, or delete this promotion")...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})

	It("reports violations even if it is only observed", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateClass(ctx, e.NewClass())
		e.CreateObject(ctx, e.NewClassifiedModel().Tag("team", "vision").ObserveOnly())
		m := e.WaitForModel(ctx, env.UnsyncedConditions("Stalled", "InvalidSpec", teamNotAllowedMessage(e, "vision"))...)
		env.EditObject(ctx, m, func(m *v1alpha1.RegisteredModel) { m.Spec.Tags["team"] = "nlp" })
		e.WaitForModel(ctx, env.PlannedConditions(1, "model")...)
		e.ExpectNoWrites()
	})

	It("cannot have a promotion with a gate that has a name from the class", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.CreateClass(ctx, e.NewClass())
		e.RegisterModel(ctx, env.Metrics{"accuracy": "0.5"})
		e.CreateObject(ctx, e.NewClassifiedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1").Gates(builder.GreaterThanGate("accuracy", "0.1")))
		e.WaitForPromotion(ctx, env.UnresolvedConditions("Stalled", "InvalidSpec",
			env.DuplicateGateMessage)...)
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})
})

// gateOrigins returns the origin of each gate of the last evaluation.
func gateOrigins(p *v1alpha1.ModelPromotion) map[string]v1alpha1.GateOrigin {
	all := map[string]v1alpha1.GateOrigin{}
	for i := range p.Status.Gates {
		all[p.Status.Gates[i].Name] = p.Status.Gates[i].Origin
	}
	return all
}

// modelNotReadyConditions are the conditions of a promotion whose model is not ready.
func modelNotReadyConditions(why string) []string {
	return env.UnresolvedConditions("Reconciling", "ModelNotReady", env.ModelNotReadyMessage(why))
}

// newClassEnv returns an env in which version 1 is in the production that the class of its model declares.
func newClassEnv(ctx SpecContext, versions ...env.Metrics) *env.Env {
	GinkgoHelper()
	e := env.NewConnected(ctx)
	e.CreateClass(ctx, e.NewClass())
	e.RegisterModel(ctx, versions...)
	e.CreateObject(ctx, e.NewClassifiedModel())
	e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
	e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
	e.WaitForStageSummary(ctx, "production=1")
	return e
}

// noClassMessage is the message of a model whose class does not exist.
func noClassMessage(e *env.Env) string {
	return "there is no ModelClass " + e.Namespace + ": create it, or name another className"
}

// teamNotAllowedMessage is the violation of a tag team that the class does not allow.
func teamNotAllowedMessage(e *env.Env, team string) string {
	return `tags.team: "` + team + `" is not allowed by class ` + e.Namespace + ": nlp, search or research"
}
