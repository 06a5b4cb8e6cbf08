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
	// promotionCount at a time take some ten requests each.
	promotionCount = 16
	// maxRequestsBeforeKill is the most requests that an operator lives for that is killed at any
	// request, and maxWritesBeforeKill the most writes of one kind for one that is killed at
	// such a write. All kills together leave promotions to be done, so that each finds
	// something to disturb.
	maxRequestsBeforeKill = 10
	maxWritesBeforeKill   = 2

	setAliasEndpoint        = "registered-models/alias"
	setTagEndpoint          = "model-versions/set-tag"
	transitionStageEndpoint = "model-versions/transition-stage"
)

// killEndpoints are the endpoints at which operators are killed, one after the other; "" is any.
var killEndpoints = []string{"", setTagEndpoint, "", setAliasEndpoint, "", transitionStageEndpoint, "", setAliasEndpoint}

var _ = Describe("An operator that is killed again and again", func() {
	It("ends where one would that is left alone", func(ctx SpecContext) {
		w := newEnv(ctx, openServer)
		names := w.createModels(ctx)
		Expect(w.user.CreateModel(ctx, "bystander", map[string]string{"team": "other"})).To(Succeed())
		w.trainVersion(ctx, "bystander", "0.99")
		Expect(w.user.SetAlias(ctx, "bystander", "champion", "1")).To(Succeed())
		bystander := w.getModel(ctx, "bystander")

		dice := rand.New(rand.NewPCG(uint64(GinkgoRandomSeed()), 1))
		struck := w.armKill(dice, killEndpoints[0])
		struck.setProcess(runningOperator)
		w.createObject(ctx, w.newConnection().PollInterval("1h").Build())
		for _, name := range names {
			w.createObject(ctx, newGatedModel(name).Build())
			w.createObject(ctx, builder.Promotion(name).Model(name).Version("1").Build())
		}
		for _, next := range killEndpoints[1:] {
			w.waitForKill(ctx, struck)
			struck = w.armKill(dice, next)
			startOperator(ctx)
			struck.setProcess(runningOperator)
		}
		w.waitForKill(ctx, struck)
		startOperator(ctx)

		var aliases, stages []write
		for _, name := range names {
			p := w.waitForPromotion(ctx, name, v1alpha1.ReasonPromoted)
			Expect(historyReasons(p)).To(Equal([]string{"Promoted 1"}))
			Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("1")))
			model := w.getModel(ctx, name)
			Expect(model.Aliases).To(Equal(map[string]string{"champion": "1", "foreign": "1"}))
			Expect(model.LatestInStage("Production").Version).To(Equal("1"))
			Expect(w.getEvidence(ctx, name, "1")).NotTo(BeEmpty())
			aliases = append(aliases, write{Endpoint: setAliasEndpoint, Model: name, Version: "1", Alias: "champion"})
			stages = append(stages, write{Endpoint: transitionStageEndpoint, Model: name, Version: "1", Stage: "Production"})
		}

		By("writing each alias and each stage once, and nothing else but its own tags")
		Expect(w.proxy.listWritesTo(setAliasEndpoint)).To(ConsistOf(aliases))
		Expect(w.proxy.listWritesTo(transitionStageEndpoint)).To(ConsistOf(stages))
		for _, tag := range w.proxy.tagWrites() {
			Expect(tag.Key).To(HavePrefix(v1alpha1.TagPrefix))
			Expect(names).To(ContainElement(tag.Model))
		}
		Expect(w.getModel(ctx, "bystander")).To(Equal(bystander))
	})
})

// createModels are models with a version each, and with an alias of somebody else.
func (w *env) createModels(ctx SpecContext) []string {
	GinkgoHelper()
	var names []string
	for n := range promotionCount {
		name := fmt.Sprintf("killed-%02d", n+1)
		Expect(w.user.CreateModel(ctx, name, nil)).To(Succeed())
		w.trainVersion(ctx, name, "0.9")
		Expect(w.user.SetAlias(ctx, name, "foreign", "1")).To(Succeed())
		names = append(names, name)
	}
	return names
}

// armKill kills the operator at one of the next requests: before MLflow hears of it, or
// after it was carried out and before the operator hears of that.
func (w *env) armKill(dice *rand.Rand, endpoint string) *kill {
	longest := maxWritesBeforeKill
	if endpoint == "" {
		longest = maxRequestsBeforeKill
	}
	return w.proxy.scheduleKill(&kill{
		matches: func(r *http.Request) bool {
			return endpoint == "" || r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, apiPath+endpoint)
		},
		countdown: 1 + dice.IntN(longest), afterResponse: dice.IntN(2) == 0,
		processKnown: make(chan struct{}), done: make(chan struct{}),
	})
}

// waitForKill returns when the operator is dead, and MLflow has answered all that it asked.
func (w *env) waitForKill(ctx SpecContext, struck *kill) {
	GinkgoHelper()
	Eventually(struck.done).WithContext(ctx).Should(BeClosed())
	Eventually(w.proxy.isIdle).WithContext(ctx).Should(BeTrue())
	By(fmt.Sprintf("killing it at %s (after: %t)", struck.request, struck.afterResponse))
}

// tagWrites are all writes but those of aliases and stages.
func (p *proxy) tagWrites() []write {
	var tags []write
	for _, w := range p.listWrites() {
		if w.Endpoint != setAliasEndpoint && w.Endpoint != transitionStageEndpoint {
			tags = append(tags, w)
		}
	}
	return tags
}
