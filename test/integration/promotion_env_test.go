// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"cmp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/utils/clock"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// toProduction is the promotion of most stories.
const toProduction = "to-production"

// newModelWithGates is the model whose production demands these gates.
func newModelWithGates(gates ...v1alpha1.Gate) *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(builder.Stage("production").Alias("champion").Gates(gates...))
}

// newChampionEnv is a world in which version 1 of a model holds production, as a promotion
// asked for.
func newPromotedEnv(ctx SpecContext, model *builder.ModelBuilder, versions ...metrics) *env {
	GinkgoHelper()
	e := newConnectedEnv(ctx)
	e.registerModel(ctx, versions...)
	e.createObject(ctx, model)
	e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
	waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
	return e
}

// historyEntries is who held the stage, newest first: CAUSE VERSION after PREVIOUS.
func listHistory(p *v1alpha1.ModelPromotion) []string {
	var all []string
	for i := range p.Status.History {
		record := &p.Status.History[i]
		all = append(all, string(record.Reason)+" "+string(record.Version)+" after "+
			cmp.Or(string(record.PreviousVersion), "none"))
	}
	return all
}

// waitForHistory waits until the promotion has this history.
func (e *env) waitForHistory(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		p := e.promotionObject(name)
		g.Expect(controlPlane.Client.Get(ctx, objectKey(p), p)).To(Succeed())
		g.Expect(listHistory(p)).To(Equal(want))
	}).WithContext(ctx).Should(Succeed())
}

// runIDOf is the run that a version names, as sentences call it.
func (e *env) shortRunID(version string) string {
	return e.mlflow.Version(modelName, version).RunID[:8]
}

// fillPlaceholders replaces RUN and MODEL in a sentence by the run and the logged model of a version.
func (e *env) fillPlaceholders(version, sentence string) string {
	source, _ := strings.CutPrefix(e.mlflow.Version(modelName, version).Source, "models:/")
	return strings.NewReplacer("RUN", e.shortRunID(version), "MODEL", source[:min(len(source), len("m-")+8)]).Replace(sentence)
}

const firstPromotedEvent = "Normal Promoted: alias champion of model sentiment was set to version 1; no version held it before"

// newGatedModel is the model of most stories: production demands an accuracy over 0.85.
func newGatedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85")))
}

// newStagedModel is a model with two stages in order, each kept in step with MLflow's own.
func newStagedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Stages(
		builder.Stage("staging").MLflowStage("Staging"),
		builder.Stage("production").Alias("champion").MLflowStage("Production").PromotesFrom("staging"))
}

// noon is when the stories about soaking begin.
var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

const overrideReason = "f1 was computed on the wrong split, see INC-142"

func stagingExpectation(version string) expectation {
	return expectation{version: version, stage: "staging", alias: "staging"}
}

const toStaging = "to-staging"

// unreadGateConditions are the conditions where a gate could not be asked.
func gateErrorConditions(version, because string) []string {
	why := "GateError: " + because
	return []string{
		"Ready=False " + why, "Reconciling=True " + why, expectation{version: version}.candidateResolvedLine(),
		"GatesPassed=False " + why, "Promoted=Unknown GateError: not known while GatesPassed is False",
	}
}

// useFakeClock runs the operator by a clock that the story moves.
func useFakeClock() *clocktesting.FakePassiveClock {
	GinkgoHelper()
	still := clocktesting.NewFakePassiveClock(noon)
	operatorClock = still
	restartOperator(controlPlane.Config)
	DeferCleanup(func() {
		operatorClock = clock.RealClock{}
		restartOperator(controlPlane.Config)
	})
	return still
}

// blockEvaluation asks for version 2 and stops in the middle of its evaluation, while its run
// is being read. It gives what lets it go on.
func (e *env) blockEvaluation(ctx SpecContext) *mlflowtest.Barrier {
	GinkgoHelper()
	gate := e.mlflow.NewBarrier()
	run := e.mlflow.Version(modelName, "2").RunID
	e.mlflow.InjectFault(mlflowtest.MatchAll(mlflowtest.CallsTo("runs/get"), mlflowtest.WithArgument("run_id", run)), gate.BlockRequest())
	e.setVersion(ctx, toProduction, "2")
	Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
	return gate
}

// waitForStageSummary waits until the model's status tells that these versions hold its stages.
func (e *env) waitForStageSummary(ctx SpecContext, summary string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		m := e.modelObject(modelName)
		g.Expect(controlPlane.Client.Get(ctx, objectKey(m), m)).To(Succeed())
		g.Expect(m.Status.StageSummary).To(Equal(summary))
	}).WithContext(ctx).Should(Succeed())
}
