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
	r.askPeople(move, &judgement)
	judgement.waive(move)
	judgement.Comparison = r.report(move)
	judgement.Wants = sortedRefs(r.wants)
	return judgement
}

// askPeople asks the gates of type approval, after all others: who approves may name what
// those saw.
func (r *reader) askPeople(move Move, judgement *Judgement) {
	digest := judgement.EvidenceDigest()
	of := judgement.Verdicts[len(judgement.Verdicts)-len(move.Demands):]
	for i, demand := range move.Demands {
		if g := demand.Gate.Approval; g != nil {
			of[i] = verdictOn(demand, v1alpha1.GateTypeApproval, r.approvalGate(move, *g, digest))
		}
	}
}

// evaluate asks one gate. One that asks people is left to askPeople.
func (r *reader) evaluate(move Move, demand Demand) Verdict {
	gate := demand.Gate
	switch {
	case gate.Metric != nil:
		return verdictOn(demand, v1alpha1.GateTypeMetric, r.metricGate(move, *gate.Metric))
	case gate.Comparison != nil:
		return verdictOn(demand, v1alpha1.GateTypeComparison, r.comparisonGate(move, *gate.Comparison))
	case gate.Tag != nil:
		return verdictOn(demand, v1alpha1.GateTypeTag, r.tagGate(move, *gate.Tag))
	case gate.Approval != nil:
		return Verdict{Type: v1alpha1.GateTypeApproval, Result: v1alpha1.GatePending}
	default:
		nothing := failed(v1alpha1.ReasonGateFailed, "the gate demands neither a metric, nor a comparison, nor a tag, nor an approval")
		return verdictOn(demand, v1alpha1.GateTypeBuiltIn, nothing)
	}
}
