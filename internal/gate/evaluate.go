// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Evaluate evaluates every gate on what has been read, and says what it still wants to
// read. The caller reads that and asks again, until nothing is wanted. A Ref that was
// put is never wanted again, and few are wanted at all: MaxRounds rounds are enough.
func Evaluate(request Request, evidence *Evidence) Result {
	r := &lookup{evidence: evidence, missing: map[Key]bool{}}
	if request.Model == nil {
		request.Model = &entities.RegisteredModel{}
	}
	evaluation := r.newResult(request)
	evaluation.Gates, evaluation.SoakedAt = r.evaluateBuiltIns(request)
	for _, demand := range request.Gates {
		evaluation.Gates = append(evaluation.Gates, r.evaluateGate(request, demand))
	}
	r.evaluateApprovals(request, &evaluation)
	evaluation.exempt(request)
	evaluation.Comparison = r.compareAllMetrics(request)
	evaluation.Missing = sortKeys(r.missing)
	return evaluation
}

// evaluateApprovals asks the gates of type approval, after all others: who approves may name what
// those saw.
func (r *lookup) evaluateApprovals(request Request, evaluation *Result) {
	digest := evaluation.EvidenceDigest()
	of := evaluation.Gates[len(evaluation.Gates)-len(request.Gates):]
	for i, demand := range request.Gates {
		if g := demand.Gate.Approval; g != nil {
			of[i] = newGateResult(demand, v1alpha1.GateTypeApproval, r.evaluateApprovalGate(request, *g, digest))
		}
	}
}

// evaluateGate asks one gate. One that asks people is left to evaluateApprovals.
func (r *lookup) evaluateGate(request Request, demand GateSpec) GateResult {
	gate := demand.Gate
	switch {
	case gate.Metric != nil:
		return newGateResult(demand, v1alpha1.GateTypeMetric, r.evaluateMetricGate(request, *gate.Metric))
	case gate.Comparison != nil:
		return newGateResult(demand, v1alpha1.GateTypeComparison, r.evaluateComparisonGate(request, *gate.Comparison))
	case gate.Tag != nil:
		return newGateResult(demand, v1alpha1.GateTypeTag, r.evaluateTagGate(request, *gate.Tag))
	case gate.Approval != nil:
		return GateResult{Type: v1alpha1.GateTypeApproval, Result: v1alpha1.GatePending}
	default:
		nothing := failedOutcome(v1alpha1.ReasonGateFailed, "the gate demands neither a metric, nor a comparison, nor a tag, nor an approval")
		return newGateResult(demand, v1alpha1.GateTypeBuiltIn, nothing)
	}
}
