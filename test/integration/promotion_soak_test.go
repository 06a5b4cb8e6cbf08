// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// soaked is a model whose production demands some time in staging.
func soaked(least v1alpha1.Duration, drift v1alpha1.Drift) *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(
		builder.Stage("staging").Drift(drift),
		builder.Stage("production").Alias("champion").PromotesFrom("staging").MinSoak(least).AllowOverrides())
}

// noon is when the stories about soaking begin.
var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// at is a time on that day and the next, as sentences tell it.
func at(t time.Time) string { return t.Format(time.RFC3339) }

// soaking is version 1, which has held staging since a time.
func soaking(since time.Time) verdict {
	return verdict{
		version: "1", reason: "Soaking", because: "version 1 has held staging since " + at(since) +
			", and must hold it for 24h without a break: until " + at(since.Add(24*time.Hour)),
	}
}

// stopTheClock runs the operator by a clock that the story moves.
func stopTheClock() *clocktesting.FakePassiveClock {
	GinkgoHelper()
	still := clocktesting.NewFakePassiveClock(noon)
	operatorClock = still
	restartOperator(plane.Config)
	DeferCleanup(func() {
		operatorClock = clock.RealClock{}
		restartOperator(plane.Config)
	})
	return still
}

var _ = Describe("A version that has to soak", func() {
	It("waits for its time, also across a restart of the operator", func(ctx SpecContext) {
		clock := stopTheClock()
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, soaked("24h", v1alpha1.DriftRevert))
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		s := shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
		Expect(s.Status.HeldSince.UTC()).To(Equal(noon))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), soaking(noon).waits()...)
		Expect(p.Status.BlockedUntil.UTC()).To(Equal(noon.Add(24 * time.Hour)))
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "min-soak", Type: "BuiltIn", Result: "Pending", Origin: "BuiltIn", Message: soaking(noon).because,
			Observed: "staging since " + at(noon), Expected: "held staging for 24h without a break",
		}))

		w.tells(ctx, toProduction, "Warning "+soaking(noon).refusal())

		By("looking a minute too early, after a restart, which changes nothing")
		clock.SetTime(noon.Add(24*time.Hour - time.Minute))
		restartOperator(plane.Config)
		lookNow(ctx, p)
		shows(ctx, p, soaking(noon).waits()...)
		Expect(w.aliasWrites()).To(Equal([]string{"staging=1"}))

		By("looking in time")
		clock.SetTime(noon.Add(24 * time.Hour))
		lookNow(ctx, p)
		shows(ctx, p, verdict{version: "1"}.holds()...)
		Expect(p.Status.BlockedUntil).To(BeNil())
		Expect(w.aliasWrites()).To(Equal([]string{"staging=1", "champion=1"}))
		w.tells(ctx, toProduction, "Warning "+soaking(noon).refusal(), firstSet)
	})

	It("begins anew when another hand has moved the alias of the stage before", func(ctx SpecContext) {
		clock := stopTheClock()
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, soaked("24h", v1alpha1.DriftRevert))
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), soaking(noon).waits()...)

		clock.SetTime(noon.Add(23 * time.Hour))
		Expect(w.user.SetAlias(ctx, modelName, "staging", "2")).To(Succeed())
		w.poll()
		w.records(ctx, toStaging, "DriftReverted 1 after 2", "Promoted 1 after none")
		shows(ctx, p, soaking(noon.Add(23*time.Hour)).waits()...)
		clock.SetTime(noon.Add(46 * time.Hour))
		lookNow(ctx, p)
		shows(ctx, p, soaking(noon.Add(23*time.Hour)).waits()...)
		Expect(w.mlflow.Alias(modelName, "champion")).To(BeEmpty())

		clock.SetTime(noon.Add(47 * time.Hour))
		lookNow(ctx, p)
		shows(ctx, p, verdict{version: "1"}.holds()...)
	})

	It("begins anew when the alias comes back from a move that is only reported", func(ctx SpecContext) {
		clock := stopTheClock()
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, soaked("24h", v1alpha1.DriftReport))
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), soaking(noon).waits()...)

		Expect(w.user.SetAlias(ctx, modelName, "staging", "2")).To(Succeed())
		w.poll()
		shows(ctx, p, verdict{
			version: "1", reason: "OutOfOrder",
			because: "version 1 has not held staging for 24h without a break, and holds it no more: promote it there again",
		}.stalled()...)
		Expect(p.Status.BlockedUntil).To(BeNil())
		clock.SetTime(noon.Add(23 * time.Hour))
		Expect(w.user.SetAlias(ctx, modelName, "staging", "1")).To(Succeed())
		w.poll()
		shows(ctx, p, soaking(noon.Add(23*time.Hour)).waits()...)
		shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
	})

	It("may take the stage after its successor took the one before, if it was there long enough", func(ctx SpecContext) {
		clock := stopTheClock()
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, soaked("24h", v1alpha1.DriftRevert))
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
		clock.SetTime(noon.Add(30 * time.Hour))
		w.promote(ctx, toStaging, "2")
		s := shows(ctx, w.promotion(toStaging), inStaging("2").holds()...)
		Expect(s.Status.History[0].PreviousSince.UTC()).To(Equal(noon))
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "min-soak", Type: "BuiltIn", Result: "Passed", Origin: "BuiltIn",
			Observed: "staging from " + at(noon) + " to " + at(noon.Add(30*time.Hour)), Expected: "held staging for 24h without a break",
			Message: "version 1 has held staging for at least 24h without a break",
		}))
	})

	It("is woken by the queue when its time has come, though nobody polls", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, soaked("2s", v1alpha1.DriftRevert))
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
		w.apply(ctx, builder.Promotion(toProduction).Version("1"))
		p := shows(ctx, w.promotion(toProduction), verdict{version: "1"}.holds()...)
		held := w.promotion(toStaging)
		Expect(plane.Client.Get(ctx, key(held), held)).To(Succeed())
		Expect(p.Status.History[0].Time.Time).To(BeTemporally(">=", held.Status.HeldSince.Add(2*time.Second)))
	})

	It("leaves the stage to the one that was promoted last, where the operator looks for versions itself", func(ctx SpecContext) {
		clock := stopTheClock()
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, soaked("24h", v1alpha1.DriftRevert))
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		p := w.apply(ctx, builder.Promotion(toProduction).FromStage("staging")).(*v1alpha1.ModelPromotion)
		first := soaking(noon)
		first.resolved = "version 1 holds stage staging"
		shows(ctx, p, first.waits()...)
		clock.SetTime(noon.Add(24 * time.Hour))
		lookNow(ctx, p)
		shows(ctx, p, verdict{version: "1", resolved: "version 1 holds stage staging"}.holds()...)

		w.promote(ctx, toStaging, "2")
		since := noon.Add(24 * time.Hour)
		shows(ctx, p, verdict{
			version: "2", resolved: "version 2 holds stage staging", reason: "Soaking", keeps: "version 1",
			because: "version 2 has held staging since " + at(since) + ", and must hold it for 24h without a break: until " +
				at(since.Add(24*time.Hour)),
		}.blocked()...)
		Expect(p.Status.BlockedUntil.UTC()).To(Equal(since.Add(24 * time.Hour)))

		By("rolling back, for which a trusted version need not soak again")
		clock.SetTime(noon.Add(48 * time.Hour))
		lookNow(ctx, p)
		shows(ctx, p, verdict{version: "2", resolved: "version 2 holds stage staging"}.holds()...)
		edit(ctx, p, func(p *v1alpha1.ModelPromotion) { p.Spec.Version, p.Spec.VersionFrom = "1", nil })
		shows(ctx, p, verdict{version: "1", reason: "RolledBack"}.holds()...)
		Expect(p.Status.Gates).To(ContainElement(HaveField("Message",
			"version 1 has held stage production before with every gate passed, so it need not soak again")))
	})
})
