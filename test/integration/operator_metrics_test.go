// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("The metrics of promotions", func() {
	It("tell of a promotion, of a refusal and of an alias that was put back", func(ctx SpecContext) {
		restartOperator(plane.Config)
		w := champion(ctx, gated(), metrics{"accuracy": "0.9"}, metrics{"accuracy": "0.5"})
		holder := series{"champion sentiment " + w.namespace + " to-production production 1": 1}
		eventuallyShown(ctx, "promotions_total", series{"promoted": 1})
		eventuallyShown(ctx, "model_promotions", series{"Promoted Ready": 1})
		eventuallyShown(ctx, "registered_models", series{"Synced Ready": 1})
		eventuallyShown(ctx, "stage_info", holder)
		Expect(shown("gate_results_total")).To(And(HaveKey("Metric Passed"), HaveKey("BuiltIn Passed"), HaveLen(2)))

		By("wanting a version that is not good enough, and looking twice")
		w.promote(ctx, toProduction, "2")
		refused := verdict{
			version: "2", reason: "GateFailed", keeps: "version 1",
			because: w.about("2", "accuracy 0.5 is not greater than 0.85 (gate accuracy, run RUN)"),
		}
		shows(ctx, w.promotion(toProduction), refused.stalled()...)
		lookNow(ctx, w.promotion(toProduction))
		shows(ctx, w.promotion(toProduction), refused.stalled()...)
		eventuallyShown(ctx, "promotions_total", series{"promoted": 1, "refused": 1})
		eventuallyShown(ctx, "model_promotions", series{"GateFailed Stalled": 1})
		eventuallyShown(ctx, "stage_info", holder)
		Expect(shown("gate_results_total")).To(HaveKeyWithValue("Metric Failed", BeNumerically(">=", 2)))

		By("moving the alias to it by hand")
		Expect(w.user.SetAlias(ctx, modelName, "champion", "2")).To(Succeed())
		w.poll()
		eventuallyShown(ctx, "promotions_total", series{"promoted": 1, "refused": 1, "reverted": 1})
		eventuallyShown(ctx, "stage_info", holder)
	})
})

// series are the values of a metric, by the values of its labels in the order of their
// names.
type series map[string]float64

// eventuallyShown waits until a metric has these series, apart from those that are zero.
func eventuallyShown(ctx SpecContext, metric string, want series) {
	GinkgoHelper()
	Eventually(func() series { return shown(metric) }).WithContext(ctx).Should(Equal(want))
}

func shown(metric string) series {
	GinkgoHelper()
	families, err := measured.Gather()
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
