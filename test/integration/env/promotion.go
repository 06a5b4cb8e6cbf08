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

// NewModelWithGates returns a model whose stage production has these gates.
func NewModelWithGates(gates ...v1alpha1.Gate) *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Stages(builder.Stage("production").Alias("champion").Gates(gates...))
}

// NewPromoted returns an env in which a promotion set the alias of production to version 1.
func NewPromoted(ctx SpecContext, model *builder.ModelBuilder, versions ...Metrics) *Env {
	GinkgoHelper()
	e := NewConnected(ctx)
	e.RegisterModel(ctx, versions...)
	e.CreateObject(ctx, model)
	e.CreateObject(ctx, builder.Promotion(ToProduction).Version("1"))
	WaitForConditions(ctx, e.PromotionObject(ToProduction), Expectation{Version: "1"}.PromotedConditions()...)
	return e
}

// ListHistory returns the history of a promotion, newest first: REASON VERSION after PREVIOUS.
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

// shortRunID returns the first eight characters of the run of a version, as messages show it.
func (e *Env) shortRunID(version string) string {
	return e.MLflow.Version(ModelName, version).RunID[:8]
}

// FillPlaceholders replaces RUN and MODEL in a message by the run and the logged model of a version.
func (e *Env) FillPlaceholders(version, sentence string) string {
	source, _ := strings.CutPrefix(e.MLflow.Version(ModelName, version).Source, "models:/")
	return strings.NewReplacer("RUN", e.shortRunID(version), "MODEL", source[:min(len(source), len("m-")+8)]).Replace(sentence)
}

// NewGatedModel returns the model of most stories: production requires an accuracy over 0.85.
func NewGatedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Stages(
		builder.Stage("production").Alias("champion").Gates(builder.GreaterThanGate("accuracy", "0.85")))
}

// NewStagedModel returns a model with the stages staging and production, each with a legacy stage.
func NewStagedModel() *builder.ModelBuilder {
	return builder.RegisteredModel(ModelName).Stages(
		builder.Stage("staging").MLflowStage("Staging"),
		builder.Stage("production").Alias("champion").MLflowStage("Production").PromotesFrom("staging"))
}

// Noon is the time at which stories with a fake clock begin.
var Noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

const OverrideReason = "f1 was computed on the wrong split, see INC-142"

// StagingExpectation is the status of a promotion to staging.
func StagingExpectation(version string) Expectation {
	return Expectation{Version: version, Stage: "staging", Alias: "staging"}
}

const ToStaging = "to-staging"

// GateErrorConditions are the conditions of a promotion with a gate that cannot be evaluated.
func GateErrorConditions(version, because string) []string {
	why := "GateError: " + because
	return []string{
		"Ready=False " + why, "Reconciling=True " + why, Expectation{Version: version}.CandidateResolvedLine(),
		"GatesPassed=False " + why, GateErrorPromotedLine,
	}
}

// UseFakeClock restarts the operator with a clock that the story advances.
func UseFakeClock() *clocktesting.FakePassiveClock {
	GinkgoHelper()
	fake := clocktesting.NewFakePassiveClock(Noon)
	RestartOperatorWith(func(o *OperatorOptions) { o.Clock = fake })
	return fake
}

// BlockEvaluation selects version 2, and blocks its evaluation at the read of its run. The barrier releases it.
func (e *Env) BlockEvaluation(ctx SpecContext) *mlflowtest.Barrier {
	GinkgoHelper()
	gate := e.MLflow.NewBarrier()
	run := e.MLflow.Version(ModelName, "2").RunID
	e.MLflow.InjectFault(mlflowtest.MatchAll(mlflowtest.CallsTo("runs/get"), mlflowtest.WithArgument("run_id", run)), gate.BlockRequest())
	e.SetVersion(ctx, ToProduction, "2")
	Eventually(gate.Calls()).WithContext(ctx).Should(Receive())
	return gate
}

// WaitForStageSummary waits until the model's status has this summary of its stages.
func (e *Env) WaitForStageSummary(ctx SpecContext, summary string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		m := e.ModelObject(ModelName)
		g.Expect(ControlPlane.Client.Get(ctx, ObjectKey(m), m)).To(Succeed())
		g.Expect(m.Status.StageSummary).To(Equal(summary))
	}).WithContext(ctx).Should(Succeed())
}
