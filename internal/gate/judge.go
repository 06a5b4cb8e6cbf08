// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Judge evaluates every gate on what has been read, and says what it still wants to
// read. The caller reads that and asks again, until nothing is wanted. A Ref that was
// put is never wanted again, and few are wanted at all: MaxRounds rounds are enough.
func Judge(move Move, evidence *Evidence) Judgement {
	r := &reader{evidence: evidence, wants: map[Ref]bool{}}
	if move.Model == nil {
		move.Model = &entities.RegisteredModel{}
	}
	judgement := r.identify(move)
	judgement.Verdicts, judgement.SoakedAt = r.builtIns(move)
	for _, demand := range move.Demands {
		judgement.Verdicts = append(judgement.Verdicts, r.evaluate(move, demand))
	}
	judgement.waive(move)
	judgement.Comparison = r.report(move)
	judgement.Wants = sortedRefs(r.wants)
	return judgement
}

// evaluate asks one gate.
func (r *reader) evaluate(move Move, demand Demand) Verdict {
	gate := demand.Gate
	switch {
	case gate.Metric != nil:
		return verdictOn(demand, v1alpha1.GateTypeMetric, r.metricGate(move, *gate.Metric))
	case gate.Comparison != nil:
		return verdictOn(demand, v1alpha1.GateTypeComparison, r.comparisonGate(move, *gate.Comparison))
	case gate.Tag != nil:
		return verdictOn(demand, v1alpha1.GateTypeTag, r.tagGate(move, *gate.Tag))
	default:
		nothing := failed(v1alpha1.ReasonGateFailed, "the gate demands neither a metric, nor a comparison, nor a tag")
		return verdictOn(demand, v1alpha1.GateTypeBuiltIn, nothing)
	}
}
