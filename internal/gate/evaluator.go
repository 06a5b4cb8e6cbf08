// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// evaluator is one type of gate: how a gate of the type is parsed, evaluated and hashed, and
// which rules of the engine apply to it. A new type of gate is an evaluator in a file of its
// own and an entry in evaluators.
type evaluator struct {
	// gateType is the type that status and metrics show. With a lower-case first letter it
	// is the name of the field in the API.
	gateType v1alpha1.GateType
	// isSet reports whether a gate is of this type.
	isSet func(v1alpha1.Gate) bool
	// parse returns what a gate requires, or why its spec is not valid.
	parse func(v1alpha1.Gate) (requirement, *failure)
	// canonical returns the gate's fields with every default written out and every set
	// sorted. The JSON names of the result belong to the format of the digest.
	canonical func(v1alpha1.Gate) any

	// isPerformance means that the feature flag for performance gates turns it off.
	isPerformance bool
	// asksPeople means that it is evaluated after all other gates, since an approval may
	// name the evidence of those, and that its result is not part of that evidence.
	asksPeople bool
	// rollbackReason says why a trusted rollback need not pass the gate; empty if it must.
	// Nil means that every version must.
	rollbackReason func(Request) string
	// findObjection returns the outcome that blocks even a trusted rollback, if there is
	// one. Nil means that nothing does.
	findObjection func(*lookup, Request) (outcome, bool)
}

// evaluators are the types of gates, in the order of the API's fields.
var evaluators = []evaluator{metricEvaluator, comparisonEvaluator, tagEvaluator, approvalEvaluator}

// requirement is a parsed gate. Its string is what the gate expects, as status shows it.
type requirement interface {
	fmt.Stringer
	// check compares the evidence with what the gate requires.
	check(l *lookup, request Request) outcome
}

// evaluate returns the answer of a gate of this type.
func (e evaluator) evaluate(l *lookup, request Request, gate v1alpha1.Gate) outcome {
	required, f := e.parse(gate)
	if f != nil {
		return f.toOutcome()
	}
	answer := e.checkUnlessExempt(l, request, required)
	answer.expected = fmt.Sprint(required)
	return answer
}

func (e evaluator) checkUnlessExempt(l *lookup, request Request, required requirement) outcome {
	why := e.exemptionReason(request)
	if why == "" {
		return required.check(l, request)
	}
	if e.findObjection != nil {
		if answer, found := e.findObjection(l, request); found {
			return answer
		}
	}
	return notEvaluated(why)
}

// exemptionReason says why the version of the request need not pass a gate of this type.
// Empty means that it must.
func (e evaluator) exemptionReason(request Request) string {
	if e.rollbackReason == nil {
		return ""
	}
	return e.rollbackReason(request)
}

// fieldName returns the name of the API's field that sets a gate of this type.
func (e evaluator) fieldName() string {
	name := string(e.gateType)
	return strings.ToLower(name[:1]) + name[1:]
}

// TypeOf returns the type of a gate. A gate that sets no type is a BuiltIn that fails.
func TypeOf(gate v1alpha1.Gate) v1alpha1.GateType {
	return evaluatorOf(gate).gateType
}

// Types returns every type that the result of a gate can have.
func Types() []v1alpha1.GateType {
	var types []v1alpha1.GateType
	for _, e := range evaluators {
		types = append(types, e.gateType)
	}
	return append(types, v1alpha1.GateTypeBuiltIn)
}

// evaluatorOf returns the evaluator of a gate. The API server accepts only gates that set one
// type. Without it, a gate that sets none fails, and a gate that sets several asks people if one of
// them does.
func evaluatorOf(gate v1alpha1.Gate) evaluator {
	for _, asksPeople := range []bool{true, false} {
		for _, e := range evaluators {
			if e.asksPeople == asksPeople && e.isSet(gate) {
				return e
			}
		}
	}
	return evaluator{
		gateType: v1alpha1.GateTypeBuiltIn,
		parse: func(v1alpha1.Gate) (requirement, *failure) {
			return nil, newFailure("the gate sets none of " + strings.Join(listFieldNames(), ", "))
		},
	}
}

// evaluatorOfType returns the evaluator of a type; the zero evaluator for built-in checks.
func evaluatorOfType(gateType v1alpha1.GateType) evaluator {
	for _, e := range evaluators {
		if e.gateType == gateType {
			return e
		}
	}
	return evaluator{}
}

func listFieldNames() []string {
	var names []string
	for _, e := range evaluators {
		names = append(names, e.fieldName())
	}
	return names
}

// outcome is the answer of an evaluator, without the name and the origin of the gate.
type outcome struct {
	result             v1alpha1.GateResult
	reason             string
	observed, expected string
	message            string
	approvers          []v1alpha1.UserName
	// observation is what the gate read, as a struct of typed and uncut values for the
	// digest. Nil means that it read nothing.
	observation any
	// exemptReason is empty, or says why a trusted rollback need not pass.
	exemptReason string
	// passesAt is when a pending gate passes without any other change; zero if that is
	// not known.
	passesAt time.Time
	// suffix is added after the gate's name, in the brackets behind the message.
	suffix string
}

// isWorseThan ranks Passed before Pending before any other result.
func (o outcome) isWorseThan(other outcome) bool {
	return o.result != other.result && other.result != v1alpha1.GateFailed && o.result != v1alpha1.GatePassed
}

func passedOutcome(message string) outcome {
	return outcome{result: v1alpha1.GatePassed, message: message}
}

func failedOutcome(reason, message string) outcome {
	return outcome{result: v1alpha1.GateFailed, reason: reason, message: message}
}

func pendingOutcome(reason, message string) outcome {
	return outcome{result: v1alpha1.GatePending, reason: reason, message: message}
}

// notEvaluated returns the outcome of a gate that a trusted rollback need not pass. It is
// Pending: the gate read nothing.
func notEvaluated(why string) outcome {
	return outcome{result: v1alpha1.GatePending, message: "not evaluated", exemptReason: why}
}

// canonicalDemand is a demand with every default written out and every set sorted.
type canonicalDemand struct {
	name string
	// fields are in the order of the format.
	fields []demandField
}

type demandField struct {
	name  string
	value any
}

// newDemand returns the demand of a gate. It has a field for each type that the gate sets: the
// API server accepts one.
func newDemand(gate v1alpha1.Gate) canonicalDemand {
	demand := canonicalDemand{name: gate.Name}
	for _, e := range evaluators {
		if e.isSet(gate) {
			demand.fields = append(demand.fields, demandField{e.fieldName(), e.canonical(gate)})
		}
	}
	return demand
}

// MarshalJSON returns one object, with the name and the fields in their order.
func (d canonicalDemand) MarshalJSON() ([]byte, error) {
	var object bytes.Buffer
	separator := byte('{')
	for _, field := range append([]demandField{{"name", d.name}}, d.fields...) {
		value, err := json.Marshal(field.value)
		if err != nil {
			return nil, err
		}
		object.WriteByte(separator)
		fmt.Fprintf(&object, "%q:%s", field.name, value)
		separator = ','
	}
	object.WriteByte('}')
	return object.Bytes(), nil
}
