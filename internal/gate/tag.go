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
)

// evaluateTagGate relates a tag to a set of values, as a label selector does.
func (r *lookup) evaluateTagGate(request Request, g v1alpha1.TagGate) outcome {
	outcome := r.matchTag(request, g)
	outcome.expected = describeTagRequirement(g)
	return outcome
}

func (r *lookup) matchTag(request Request, g v1alpha1.TagGate) outcome {
	tags, owner, s := r.readTags(request, g.Target)
	if s != nil {
		return explainTagFailure(s)
	}
	value, set := tags[string(g.Key)]
	fits, s := matchTagValue(g, value, set)
	if s != nil {
		return s.toOutcome()
	}
	owner.Set, owner.Value = set, value
	sentence := fmt.Sprintf("tag %s is %s", cleanKey(string(g.Key)), formatTag(value, set))
	outcome := passedOutcome(sentence)
	if !fits {
		outcome = failedOutcome(v1alpha1.ReasonGateFailed, sentence+", but must be "+describeTagRequirement(g))
	}
	outcome.observed = formatTag(value, set)
	outcome.suffix = ", " + nameOf(owner)
	outcome.seen.Tag = &owner
	return outcome
}

// readTags are the tags that the gate reads, and whose they are.
func (r *lookup) readTags(request Request, of v1alpha1.TagTarget) (map[string]string, tagObservation, *failure) {
	owner := tagObservation{Target: string(cmp.Or(of, v1alpha1.TagTargetVersion))}
	version, s := r.getCandidate(request)
	if s != nil {
		return nil, owner, s
	}
	switch of {
	case v1alpha1.TagTargetVersion, "":
		owner.ID = request.Candidate
		return version.Tags, owner, nil
	case v1alpha1.TagTargetModel:
		owner.ID = request.Model.Name
		return request.Model.Tags, owner, nil
	case v1alpha1.TagTargetRun:
		run, s := r.resolveRun(version, v1alpha1.ProvenanceVerified)
		if s != nil {
			return nil, owner, s
		}
		owner.ID = run.RunID
		return run.Tags, owner, nil
	default:
		return nil, owner, newFailure("there are no tags of " + cleanText(string(of), 50))
	}
}

// nameOf is the owner of a tag as a sentence calls it.
func nameOf(owner tagObservation) string {
	switch v1alpha1.TagTarget(owner.Target) {
	case v1alpha1.TagTargetModel:
		return "model " + cleanText(owner.ID, 100)
	case v1alpha1.TagTargetRun:
		return "run " + shortenRunID(owner.ID)
	default:
		return describeVersion(owner.ID)
	}
}

func explainTagFailure(s *failure) outcome {
	outcome := s.toOutcome()
	if s.notVerified {
		outcome.message += ", so the run's tags don't count"
	}
	return outcome
}

func matchTagValue(g v1alpha1.TagGate, value string, set bool) (bool, *failure) {
	switch g.Operator {
	case v1alpha1.TagIn:
		return set && slices.Contains(g.Values, value), nil
	case v1alpha1.TagNotIn:
		return !set || !slices.Contains(g.Values, value), nil
	case v1alpha1.TagExists:
		return set, nil
	case v1alpha1.TagDoesNotExist:
		return !set, nil
	default:
		return false, newFailure("there is no operator " + cleanText(string(g.Operator), 50) + " of tags")
	}
}

// describeTagRequirement completes "must be …".
func describeTagRequirement(g v1alpha1.TagGate) string {
	switch g.Operator {
	case v1alpha1.TagIn:
		return "one of " + quoteValues(g.Values)
	case v1alpha1.TagNotIn:
		return "none of " + quoteValues(g.Values)
	case v1alpha1.TagExists:
		return "set"
	default:
		return "not set"
	}
}

func quoteValues(values []string) string {
	var list []string
	for _, value := range values {
		list = append(list, strconv.Quote(cleanText(value, 100)))
	}
	return cleanText(strings.Join(list, ", "), 400)
}

func formatTag(value string, set bool) string {
	if !set {
		return "not set"
	}
	return strconv.Quote(cleanText(value, 100))
}
