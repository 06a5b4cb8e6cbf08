// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	// promotions at a time take some ten requests each.
	promotions = 16
	// longestLife is the most requests that an operator lives for that is killed at any
	// request, and longestToWrite the most writes of one kind for one that is killed at
	// such a write. All kills together leave promotions to be done, so that each finds
	// something to disturb.
	longestLife    = 10
	longestToWrite = 2

	setAlias    = "registered-models/alias"
	setEvidence = "model-versions/set-tag"
	setStage    = "model-versions/transition-stage"
)

// killedAt are the endpoints at which operators are killed, one after the other; "" is any.
var killedAt = []string{"", setEvidence, "", setAlias, "", setStage, "", setAlias}

var _ = Describe("An operator that is killed again and again", func() {
	It("ends where one would that is left alone", func(ctx SpecContext) {
		w := newWorld(ctx, open)
		names := w.manyModels(ctx)
		Expect(w.user.CreateModel(ctx, "bystander", map[string]string{"team": "other"})).To(Succeed())
		w.train(ctx, "bystander", "0.99")
		Expect(w.user.SetAlias(ctx, "bystander", "champion", "1")).To(Succeed())
		bystander := w.model(ctx, "bystander")

		dice := rand.New(rand.NewPCG(uint64(GinkgoRandomSeed()), 1))
		struck := w.killSoon(dice, killedAt[0])
		struck.aim(running)
		w.apply(ctx, w.connection().PollInterval("1h").Build())
		for _, name := range names {
			w.apply(ctx, gated(name).Build())
			w.apply(ctx, builder.Promotion(name).Model(name).Version("1").Build())
		}
		for _, next := range killedAt[1:] {
			w.awaitDeath(ctx, struck)
			struck = w.killSoon(dice, next)
			startOperator(ctx)
			struck.aim(running)
		}
		w.awaitDeath(ctx, struck)
		startOperator(ctx)

		var aliases, stages []write
		for _, name := range names {
			p := w.shows(ctx, name, v1alpha1.ReasonPromoted)
			Expect(causes(p)).To(Equal([]string{"Promoted 1"}))
			Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("1")))
			model := w.model(ctx, name)
			Expect(model.Aliases).To(Equal(map[string]string{"champion": "1", "foreign": "1"}))
			Expect(model.Latest("Production").Version).To(Equal("1"))
			Expect(w.evidence(ctx, name, "1")).NotTo(BeEmpty())
			aliases = append(aliases, write{Endpoint: setAlias, Model: name, Version: "1", Alias: "champion"})
			stages = append(stages, write{Endpoint: setStage, Model: name, Version: "1", Stage: "Production"})
		}

		By("writing each alias and each stage once, and nothing else but its own tags")
		Expect(w.proxy.writtenTo(setAlias)).To(ConsistOf(aliases))
		Expect(w.proxy.writtenTo(setStage)).To(ConsistOf(stages))
		for _, tag := range w.proxy.tagsWritten() {
			Expect(tag.Key).To(HavePrefix(v1alpha1.TagPrefix))
			Expect(names).To(ContainElement(tag.Model))
		}
		Expect(w.model(ctx, "bystander")).To(Equal(bystander))
	})
})

// manyModels are models with a version each, and with an alias of somebody else.
func (w *world) manyModels(ctx SpecContext) []string {
	GinkgoHelper()
	var names []string
	for n := range promotions {
		name := fmt.Sprintf("killed-%02d", n+1)
		Expect(w.user.CreateModel(ctx, name, nil)).To(Succeed())
		w.train(ctx, name, "0.9")
		Expect(w.user.SetAlias(ctx, name, "foreign", "1")).To(Succeed())
		names = append(names, name)
	}
	return names
}

// killSoon kills the operator at one of the next requests: before MLflow hears of it, or
// after it was carried out and before the operator hears of that.
func (w *world) killSoon(dice *rand.Rand, endpoint string) *strike {
	longest := longestToWrite
	if endpoint == "" {
		longest = longestLife
	}
	return w.proxy.arm(&strike{
		meant: func(r *http.Request) bool {
			return endpoint == "" || r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, apiPath+endpoint)
		},
		countdown: 1 + dice.IntN(longest), after: dice.IntN(2) == 0,
		aimed: make(chan struct{}), done: make(chan struct{}),
	})
}

// awaitDeath returns when the operator is dead, and MLflow has answered all that it asked.
func (w *world) awaitDeath(ctx SpecContext, struck *strike) {
	GinkgoHelper()
	Eventually(struck.done).WithContext(ctx).Should(BeClosed())
	Eventually(w.proxy.quiet).WithContext(ctx).Should(BeTrue())
	By(fmt.Sprintf("killing it at %s (after: %t)", struck.place, struck.after))
}

// tagsWritten are all writes but those of aliases and stages.
func (p *proxy) tagsWritten() []write {
	var tags []write
	for _, w := range p.written() {
		if w.Endpoint != setAlias && w.Endpoint != setStage {
			tags = append(tags, w)
		}
	}
	return tags
}
