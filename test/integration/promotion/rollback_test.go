// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"encoding/json"
	"strconv"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// newRollbackEnv returns an env in which the better version 2 replaced version 1 in production.
func newRollbackEnv(ctx SpecContext, rollback v1alpha1.RollbackPolicy) *env.Env {
	GinkgoHelper()
	stage := builder.Stage("production").Alias("champion").RollbackPolicy(rollback).
		Gates(builder.GreaterThanGate("f1", "0.5"), builder.ComparisonGate("f1", v1alpha1.HigherIsBetter))
	e := env.NewPromoted(ctx, builder.RegisteredModel(env.ModelName).Stages(stage), env.Metrics{"f1": "0.8"}, env.Metrics{"f1": "0.9"})
	e.SetVersion(ctx, env.ToProduction, "2")
	e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...)
	return e
}

var _ = Describe("A rollback", func() {
	It("does not have to beat the version that it replaces", func(ctx SpecContext) {
		e := newRollbackEnv(ctx, v1alpha1.RollbackPolicyTrusted)
		e.SetVersion(ctx, env.ToProduction, "1")
		p := e.WaitForPromotion(ctx, env.Expectation{Version: "1", Reason: "RolledBack"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2", "champion=1"}))
		Expect(env.ListHistory(p)).To(Equal([]string{"RolledBack 1 after 2", "Promoted 2 after 1", "Promoted 1 after none"}))
		Expect(p.Status.Gates).To(ContainElements(
			HaveField("Message", e.FillPlaceholders("1", "f1 0.8 is greater than 0.5 (gate f1, run RUN)")),
			And(HaveField("Result", v1alpha1.GatePending), HaveField("Exemption", v1alpha1.ExemptionTrustedRollback),
				HaveField("Message", "not evaluated (gate beats-f1); exempt: version 1 has held stage production before "+
					"with every gate passed, so it need not beat the version that it replaces")),
		))
		e.WaitForPromotionEvents(ctx, env.ToProduction,
			env.FirstPromotedEvent,
			env.PromotedEvent("1", "2"),
			"Normal RolledBack: alias champion of model sentiment moved from version 2 to 1")
	})

	It("must pass all gates again if rollbackPolicy is Gated", func(ctx SpecContext) {
		e := newRollbackEnv(ctx, v1alpha1.RollbackPolicyGated)
		e.SetVersion(ctx, env.ToProduction, "1")
		e.WaitForPromotion(ctx, env.Expectation{
			Version: "1", Reason: "GateFailed", CurrentVersion: "version 2", Detail: e.FillPlaceholders("1",
				"f1 0.8 is worse than 0.9 of version 2 by 0.1, but must be better (gate beats-f1, run RUN)"),
		}.StalledConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1", "champion=2"}))
	})
})

var _ = Describe("The audit trail", func() {
	It("has the evidence in a tag of the version", func(ctx SpecContext) {
		e := newRollbackEnv(ctx, v1alpha1.RollbackPolicyTrusted)
		var evidence map[string]any
		tag := e.MLflow.Version(env.ModelName, "2").Tags["registry.mlflow-operator.io/promotion.production"]
		Expect(json.Unmarshal([]byte(tag), &evidence)).To(Succeed())
		at, err := time.Parse(time.RFC3339, evidence["time"].(string))
		Expect(err).NotTo(HaveOccurred())
		record := e.WaitForPromotion(ctx, env.Expectation{Version: "2"}.PromotedConditions()...).Status.History[0]
		Expect(at).To(BeTemporally("<=", record.Time.Time))
		Expect(record.Evidence).To(Equal("sha256:" + evidence["digest"].(string)))
		delete(evidence, "time")
		delete(evidence, "digest")
		Expect(evidence).To(Equal(map[string]any{
			"promotion": e.Namespace + "/" + env.ToProduction, "generation": 2.0, "from": "1",
			"gates": []any{
				map[string]any{"name": "version-ready", "result": "Passed", "observed": "READY", "expected": "READY"},
				map[string]any{"name": "not-backward", "result": "Passed"},
				map[string]any{"name": "f1", "result": "Passed", "observed": "0.9", "expected": "greater than 0.5"},
				map[string]any{"name": "beats-f1", "result": "Passed",
					"observed": "0.9, baseline 0.8 of version 1", "expected": "better (higher is better)"},
			},
		}))
	})

	It("has the last twenty transitions, newest first", func(ctx SpecContext) {
		e := env.NewPromoted(ctx, env.NewModelWithGates(), nil, nil)
		expected := env.Expectation{Version: "1"}
		for i := range v1alpha1.HistoryLimit + 1 {
			expected.Version = strconv.Itoa(2 - i%2)
			e.SetVersion(ctx, env.ToProduction, v1alpha1.Version(expected.Version))
			e.WaitForPromotion(ctx, expected.PromotedConditions()...)
			expected.Reason = "RolledBack"
		}
		p := e.WaitForPromotion(ctx, expected.PromotedConditions()...)
		Expect(p.Status.History).To(HaveLen(v1alpha1.HistoryLimit))
		Expect(env.ListHistory(p)[0]).To(Equal("RolledBack 2 after 1"))
		Expect(env.ListHistory(p)[v1alpha1.HistoryLimit-1]).To(Equal("RolledBack 1 after 2"))
		Expect(e.ListAliasWrites()).To(HaveLen(v1alpha1.HistoryLimit + 2))
	})
})
