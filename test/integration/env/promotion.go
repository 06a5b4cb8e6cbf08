// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	"cmp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// ToProduction is the promotion of most stories.
const ToProduction = "to-production"

// NewModelWithGates is the model whose production demands these gates.
func NewModelWithGates(gates ...v1alpha1.Gate) *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Stages(builder.Stage("production").Alias("champion").Gates(gates...))
}

// newChampionEnv is a world in which version 1 of a model holds production, as a promotion
// asked for.
func NewPromoted(ctx SpecContext, model *builder.ModelBuilder, versions ...Metrics) *Env {
	GinkgoHelper()
	e := NewConnected(ctx)
	e.RegisterModel(ctx, versions...)
	e.CreateObject(ctx, model)
	e.CreateObject(ctx, builder.Promotion(ToProduction).Version("1"))
	WaitForConditions(ctx, e.PromotionObject(ToProduction), Expectation{Version: "1"}.PromotedConditions()...)
	return e
}

// historyEntries is who held the stage, newest first: CAUSE VERSION after PREVIOUS.
func ListHistory(p *v1alpha1.ModelPromotion) []string {
	var all []string
	for i := range p.Status.History {
		record := &p.Status.History[i]
		all = append(all, string(record.Reason)+" "+string(record.Version)+" after "+
			cmp.Or(string(record.PreviousVersion), "none"))
	}
	return all
}

// WaitForHistory waits until the promotion has this history.
func (e *Env) WaitForHistory(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		p := e.PromotionObject(name)
		g.Expect(ControlPlane.Client.Get(ctx, ObjectKey(p), p)).To(Succeed())
		g.Expect(ListHistory(p)).To(Equal(want))
	}).WithContext(ctx).Should(Succeed())
}

// runIDOf is the run that a version names, as sentences call it.
func (e *Env) shortRunID(version string) string {
	return e.MLflow.Version(ModelName, version).RunID[:8]
}

// FillPlaceholders replaces RUN and MODEL in a sentence by the run and the logged model of a version.
func (e *Env) FillPlaceholders(version, sentence string) string {
	source, _ := strings.CutPrefix(e.MLflow.Version(ModelName, version).Source, "models:/")
	return strings.NewReplacer("RUN", e.shortRunID(version), "MODEL", source[:min(len(source), len("m-")+8)]).Replace(sentence)
}

// NewGatedModel is the model of most stories: production demands an accuracy over 0.85.
func NewGatedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85")))
}

// NewStagedModel is a model with two stages in order, each kept in step with MLflow's own.
func NewStagedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Stages(
		builder.Stage("staging").MLflowStage("Staging"),
		builder.Stage("production").Alias("champion").MLflowStage("Production").PromotesFrom("staging"))
}

// Noon is when the stories about soaking begin.
var Noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

const OverrideReason = "f1 was computed on the wrong split, see INC-142"

func StagingExpectation(version string) Expectation {
	return Expectation{Version: version, Stage: "staging", Alias: "staging"}
}

const ToStaging = "to-staging"

// unreadGateConditions are the conditions where a gate could not be asked.
func GateErrorConditions(version, because string) []string {
	why := "GateError: " + because
	return []string{
		"Ready=False " + why, "Reconciling=True " + why, Expectation{Version: version}.CandidateResolvedLine(),
		"GatesPassed=False " + why, GateErrorPromotedLine,
	}
}

// UseFakeClock runs the operator by a clock that the story moves.
func UseFakeClock() *clocktesting.FakePassiveClock {
	GinkgoHelper()
	fake := clocktesting.NewFakePassiveClock(Noon)
	RestartOperatorWith(func(o *OperatorOptions) { o.Clock = fake })
	return fake
}

// BlockEvaluation asks for version 2 and stops in the middle of its evaluation, while its run
// is being read. It gives what lets it go on.
func (e *Env) BlockEvaluation(ctx SpecContext) *mlflowtest.Barrier {
	GinkgoHelper()
	gate := e.MLflow.NewBarrier()
	run := e.MLflow.Version(ModelName, "2").RunID
	e.MLflow.InjectFault(mlflowtest.MatchAll(mlflowtest.CallsTo("runs/get"), mlflowtest.WithArgument("run_id", run)), gate.BlockRequest())
	e.SetVersion(ctx, ToProduction, "2")
	Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
	return gate
}

// WaitForStageSummary waits until the model's status tells that these versions hold its stages.
func (e *Env) WaitForStageSummary(ctx SpecContext, summary string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		m := e.ModelObject(ModelName)
		g.Expect(ControlPlane.Client.Get(ctx, ObjectKey(m), m)).To(Succeed())
		g.Expect(m.Status.StageSummary).To(Equal(summary))
	}).WithContext(ctx).Should(Succeed())
}
