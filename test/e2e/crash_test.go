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
	// promotionCount is the number of promotions at the same time; each takes some ten requests.
	promotionCount = 16
	// maxRequestsBeforeKill limits the requests before a kill at any request, and
	// maxWritesBeforeKill the writes of one kind before a kill at such a write. Both are so low
	// that all kills together leave promotions to do, so that each kill interrupts one.
	maxRequestsBeforeKill = 10
	maxWritesBeforeKill   = 2

	setAliasEndpoint        = "registered-models/alias"
	setTagEndpoint          = "model-versions/set-tag"
	transitionStageEndpoint = "model-versions/transition-stage"
)

// killEndpoints are the endpoints at which one operator after the other is killed; "" is any
// endpoint.
var killEndpoints = []string{"", setTagEndpoint, "", setAliasEndpoint, "", transitionStageEndpoint, "", setAliasEndpoint}

var _ = Describe("An operator that is killed repeatedly", func() {
	It("reaches the same state as one that is not killed", func(ctx SpecContext) {
		e := newEnv(ctx, openServer)
		names := e.createModels(ctx)
		Expect(e.user.CreateModel(ctx, "bystander", map[string]string{"team": "other"})).To(Succeed())
		e.trainVersion(ctx, "bystander", "0.99")
		Expect(e.user.SetAlias(ctx, "bystander", "champion", "1")).To(Succeed())
		bystander := e.getModel(ctx, "bystander")

		random := rand.New(rand.NewPCG(uint64(GinkgoRandomSeed()), 1))
		scheduled := e.scheduleKill(random, killEndpoints[0])
		scheduled.setProcess(runningOperator)
		e.createObject(ctx, e.newConnection().PollInterval("1h").Build())
		for _, name := range names {
			e.createObject(ctx, newGatedModel(name).Build())
			e.createObject(ctx, builder.Promotion(name).Model(name).Version("1").Build())
		}
		for _, next := range killEndpoints[1:] {
			e.waitForKill(ctx, scheduled)
			scheduled = e.scheduleKill(random, next)
			startOperator(ctx)
			scheduled.setProcess(runningOperator)
		}
		e.waitForKill(ctx, scheduled)
		startOperator(ctx)

		var aliases, stages []write
		for _, name := range names {
			p := e.waitForPromotion(ctx, name, v1alpha1.ReasonPromoted)
			Expect(historyReasons(p)).To(Equal([]string{"Promoted 1"}))
			Expect(p.Status.CurrentVersion).To(Equal(v1alpha1.Version("1")))
			model := e.getModel(ctx, name)
			Expect(model.Aliases).To(Equal(map[string]string{"champion": "1", "foreign": "1"}))
			Expect(model.LatestInStage("Production").Version).To(Equal("1"))
			Expect(e.getEvidence(ctx, name, "1")).NotTo(BeEmpty())
			aliases = append(aliases, write{Endpoint: setAliasEndpoint, Model: name, Version: "1", Alias: "champion"})
			stages = append(stages, write{Endpoint: transitionStageEndpoint, Model: name, Version: "1", Stage: "Production"})
		}

		By("checking that it wrote each alias and each stage once, and otherwise only its own tags")
		Expect(e.proxy.listWritesTo(setAliasEndpoint)).To(ConsistOf(aliases))
		Expect(e.proxy.listWritesTo(transitionStageEndpoint)).To(ConsistOf(stages))
		for _, tag := range e.proxy.listOtherWrites() {
			Expect(tag.Key).To(HavePrefix(v1alpha1.TagPrefix))
			Expect(names).To(ContainElement(tag.Model))
		}
		Expect(e.getModel(ctx, "bystander")).To(Equal(bystander))
	})
})

// createModels creates models with one version and an alias of another user, and returns their
// names.
func (e *env) createModels(ctx SpecContext) []string {
	GinkgoHelper()
	var names []string
	for n := range promotionCount {
		name := fmt.Sprintf("killed-%02d", n+1)
		Expect(e.user.CreateModel(ctx, name, nil)).To(Succeed())
		e.trainVersion(ctx, name, "0.9")
		Expect(e.user.SetAlias(ctx, name, "foreign", "1")).To(Succeed())
		names = append(names, name)
	}
	return names
}

// scheduleKill schedules a kill of the operator at one of the next requests: before the request
// is forwarded, or after MLflow has executed it and before the operator gets the response.
func (e *env) scheduleKill(random *rand.Rand, endpoint string) *kill {
	limit := maxWritesBeforeKill
	if endpoint == "" {
		limit = maxRequestsBeforeKill
	}
	return e.proxy.scheduleKill(&kill{
		matches: func(r *http.Request) bool {
			return endpoint == "" || r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, apiPath+endpoint)
		},
		countdown: 1 + random.IntN(limit), afterResponse: random.IntN(2) == 0,
		processKnown: make(chan struct{}), done: make(chan struct{}),
	})
}

// waitForKill waits until the operator is dead, and MLflow has responded to all its requests.
func (e *env) waitForKill(ctx SpecContext, scheduled *kill) {
	GinkgoHelper()
	Eventually(scheduled.done).WithContext(ctx).Should(BeClosed())
	Eventually(e.proxy.isIdle).WithContext(ctx).Should(BeTrue())
	By(fmt.Sprintf("killing it at %s (after: %t)", scheduled.request, scheduled.afterResponse))
}

// listOtherWrites returns the writes that are not of aliases or stages.
func (p *proxy) listOtherWrites() []write {
	var others []write
	for _, w := range p.listWrites() {
		if w.Endpoint != setAliasEndpoint && w.Endpoint != transitionStageEndpoint {
			others = append(others, w)
		}
	}
	return others
}
