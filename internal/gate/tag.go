// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// tagEvaluator compares a tag with a set of values, as a label selector does.
var tagEvaluator = evaluator{
	gateType:  v1alpha1.GateTypeTag,
	isSet:     func(g v1alpha1.Gate) bool { return g.Tag != nil },
	parse:     func(g v1alpha1.Gate) (requirement, *failure) { return tagRequirement(*g.Tag), nil },
	canonical: func(g v1alpha1.Gate) any { return newCanonicalTag(*g.Tag) },
}

// tagRequirement is a tag gate, which needs no parsing.
type tagRequirement v1alpha1.TagGate

// String returns what the gate expects. It completes "must be …".
func (t tagRequirement) String() string {
	switch t.Operator {
	case v1alpha1.TagIn:
		return "one of " + quoteValues(t.Values)
	case v1alpha1.TagNotIn:
		return "none of " + quoteValues(t.Values)
	case v1alpha1.TagExists:
		return "set"
	case v1alpha1.TagDoesNotExist:
		return "not set"
	default:
		return ""
	}
}

func (t tagRequirement) check(l *lookup, request Request) outcome {
	tags, owner, f := l.readTags(request, t.Target)
	if f != nil {
		return explainTagFailure(f)
	}
	value, set := tags[string(t.Key)]
	matches, f := t.matches(value, set)
	if f != nil {
		return f.toOutcome()
	}
	message := fmt.Sprintf("tag %s is %s", sanitize.CleanText(string(t.Key), 100), formatTag(value, set))
	answer := passedOutcome(message)
	if !matches {
		answer = failedOutcome(v1alpha1.ReasonGateFailed, message+", but must be "+t.String())
	}
	answer.observed = formatTag(value, set)
	answer.suffix = ", " + owner.String()
	answer.observation = tagObservation{taggedValue{tagOwner: owner, Set: set, Value: value}}
	return answer
}

func (t tagRequirement) matches(value string, set bool) (bool, *failure) {
	switch t.Operator {
	case v1alpha1.TagIn:
		return set && slices.Contains(t.Values, value), nil
	case v1alpha1.TagNotIn:
		return !set || !slices.Contains(t.Values, value), nil
	case v1alpha1.TagExists:
		return set, nil
	case v1alpha1.TagDoesNotExist:
		return !set, nil
	default:
		return false, newFailure("unknown tag operator " + sanitize.CleanText(string(t.Operator), 50))
	}
}

// tagOwner is the object that has the tags which a gate reads.
type tagOwner struct {
	Target v1alpha1.TagTarget `json:"target"`
	ID     string             `json:"id"`
}

// String returns the owner as messages name it.
func (o tagOwner) String() string {
	switch o.Target {
	case v1alpha1.TagTargetModel:
		return "model " + sanitize.CleanText(o.ID, 100)
	case v1alpha1.TagTargetRun:
		return "run " + shortenRunID(o.ID)
	case v1alpha1.TagTargetVersion:
	}
	return describeVersion(o.ID)
}

// readTags returns the tags of a target and their owner.
func (l *lookup) readTags(request Request, target v1alpha1.TagTarget) (map[string]string, tagOwner, *failure) {
	version, f := l.getCandidate(request)
	if f != nil {
		return nil, tagOwner{}, f
	}
	switch target {
	case v1alpha1.TagTargetVersion, "":
		return version.Tags, tagOwner{v1alpha1.TagTargetVersion, request.Candidate}, nil
	case v1alpha1.TagTargetModel:
		return request.Model.Tags, tagOwner{target, request.Model.Name}, nil
	case v1alpha1.TagTargetRun:
		run, f := l.resolveRun(version, v1alpha1.ProvenanceVerified)
		if f != nil {
			return nil, tagOwner{}, f
		}
		return run.Tags, tagOwner{target, run.RunID}, nil
	default:
		return nil, tagOwner{}, newFailure("unknown tag target " + sanitize.CleanText(string(target), 50))
	}
}

func explainTagFailure(f *failure) outcome {
	answer := f.toOutcome()
	if f.notVerified {
		answer.message += ", so the run's tags don't count"
	}
	return answer
}

func quoteValues(values []string) string {
	var quoted []string
	for _, value := range values {
		quoted = append(quoted, strconv.Quote(sanitize.CleanText(value, 100)))
	}
	return sanitize.CleanText(strings.Join(quoted, ", "), 400)
}

func formatTag(value string, set bool) string {
	if !set {
		return "not set"
	}
	return strconv.Quote(sanitize.CleanText(value, 100))
}

// tagObservation is what a tag gate read, in the digest.
type tagObservation struct {
	Tag taggedValue `json:"tag"`
}

type taggedValue struct {
	tagOwner
	Set   bool   `json:"set"`
	Value string `json:"value"`
}

// canonicalTag is a tag gate in the digest.
type canonicalTag struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values"`
	Target   string   `json:"target"`
}

func newCanonicalTag(g v1alpha1.TagGate) canonicalTag {
	return canonicalTag{
		Key:      string(g.Key),
		Operator: string(g.Operator),
		Values:   slices.Compact(slices.Sorted(slices.Values(g.Values))),
		Target:   string(cmp.Or(g.Target, v1alpha1.TagTargetVersion)),
	}
}
