// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package operator

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("The metrics of promotions", func() {
	It("count a promotion, a blocked version and reverted drift", func(ctx SpecContext) {
		env.RestartOperator(env.ControlPlane.Config)
		e := env.NewPromoted(ctx, env.NewGatedModel(), env.Metrics{"accuracy": "0.9"}, env.Metrics{"accuracy": "0.5"})
		currentVersion := series{"champion sentiment " + e.Namespace + " to-production production 1": 1}
		waitForMetric(ctx, "promotions_total", series{"promoted": 1})
		waitForMetric(ctx, "model_promotions", series{"Promoted Ready": 1})
		waitForMetric(ctx, "registered_models", series{"Synced Ready": 1})
		waitForMetric(ctx, "stage_info", currentVersion)
		Expect(readMetric("gate_evaluations_total")).To(And(HaveKey("Metric Passed"), HaveKey("BuiltIn Passed"), HaveLen(2)))

		By("selecting a version that a gate blocks, and reconciling twice")
		e.SetVersion(ctx, env.ToProduction, "2")
		refused := env.Expectation{
			Version: "2", Reason: "GateFailed", CurrentVersion: "version 1",
			Detail: e.FillPlaceholders("2", env.AccuracyNotGreaterMessage("0.5", "0.85")),
		}
		e.WaitForPromotion(ctx, refused.StalledConditions()...)
		env.RequestReconcile(ctx, e.PromotionObject(env.ToProduction))
		e.WaitForPromotion(ctx, refused.StalledConditions()...)
		waitForMetric(ctx, "promotions_total", series{"promoted": 1, "blocked": 1})
		waitForMetric(ctx, "model_promotions", series{"GateFailed Stalled": 1})
		waitForMetric(ctx, "stage_info", currentVersion)
		Expect(readMetric("gate_evaluations_total")).To(HaveKeyWithValue("Metric Failed", BeNumerically(">=", 2)))

		By("setting the alias to it as a user")
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "2")).To(Succeed())
		e.PollNow()
		waitForMetric(ctx, "promotions_total", series{"promoted": 1, "blocked": 1, "drift_reverted": 1})
		waitForMetric(ctx, "stage_info", currentVersion)
	})
})

// series are the values of a metric by the values of its labels, in the order of the label names.
type series map[string]float64

// waitForMetric waits until a metric has these series. Series with the value 0 do not count.
func waitForMetric(ctx SpecContext, metric string, want series) {
	GinkgoHelper()
	Eventually(func() series { return readMetric(metric) }).WithContext(ctx).Should(Equal(want))
}

func readMetric(metric string) series {
	GinkgoHelper()
	families, err := env.PromotionMetrics.Gather()
	Expect(err).NotTo(HaveOccurred())
	all := series{}
	for _, family := range families {
		if family.GetName() != "mlflow_registry_operator_"+metric {
			continue
		}
		for _, m := range family.GetMetric() {
			var values []string
			for _, label := range m.GetLabel() {
				values = append(values, label.GetValue())
			}
			if value := m.GetCounter().GetValue() + m.GetGauge().GetValue(); value != 0 {
				all[strings.Join(values, " ")] = value
			}
		}
	}
	return all
}
