// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"maps"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// MaxRounds is how many times Evaluate may return something missing for one request: the
// version, the five copies behind it, its logged model, its run, the history of a zero, and
// one to spare.
const MaxRounds = 10

// Evaluate evaluates every gate on the evidence and returns what evidence is missing. The
// caller reads that and evaluates again until nothing is missing. A Key that was put is never
// missing again, so MaxRounds rounds are enough.
func Evaluate(request Request, evidence *Evidence) Result {
	l := &lookup{evidence: evidence, missing: map[Key]bool{}}
	if request.Model == nil {
		request.Model = &entities.RegisteredModel{}
	}
	result := l.newResult(request)
	result.Gates = l.evaluateBuiltIns(request)
	l.evaluateGates(request, &result)
	result.setExemptions(request)
	result.Comparison = l.compareAllMetrics(request)
	result.Missing = slices.SortedFunc(maps.Keys(l.missing), compareKeys)
	return result
}

// evaluateGates adds the results of the request's gates, in their order. Gates that ask people
// are evaluated last, because an approval may name the evidence of all others.
func (l *lookup) evaluateGates(request Request, result *Result) {
	for _, spec := range request.Gates {
		if e := evaluatorOf(spec.Gate); e.asksPeople {
			result.Gates = append(result.Gates, Answer{Type: e.gateType, Result: v1alpha1.GatePending})
			continue
		}
		result.Gates = append(result.Gates, l.evaluateGate(request, spec))
	}
	request.evidenceDigest = result.EvidenceDigest()
	gates := result.Gates[len(result.Gates)-len(request.Gates):]
	for i, spec := range request.Gates {
		if evaluatorOf(spec.Gate).asksPeople {
			gates[i] = l.evaluateGate(request, spec)
		}
	}
}

func (l *lookup) evaluateGate(request Request, spec Spec) Answer {
	e := evaluatorOf(spec.Gate)
	return newAnswer(spec, e.gateType, e.evaluate(l, request, spec.Gate))
}

// newResult returns a result that names the artifact, as far as the evidence shows it. It
// requests no evidence.
func (l *lookup) newResult(request Request) Result {
	result := Result{
		Model:        request.Model.Name,
		ModelCreated: request.Model.CreationTimestamp,
		Version:      request.Candidate,
		Stage:        request.Stage,
	}
	peek := l.withoutRecording()
	version, f := peek.getCandidate(request)
	if f != nil {
		return result
	}
	result.VersionCreated = version.CreationTimestamp
	result.RunID = version.RunID
	if line, f := peek.resolveOrigin(version); f == nil {
		result.LoggedModelID = line.version.LoggedModelID()
	}
	return result
}
