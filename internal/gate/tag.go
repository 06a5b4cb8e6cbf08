// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// tagGate relates a tag to a set of values, as a label selector does.
func (r *reader) tagGate(move Move, g v1alpha1.TagGate) finding {
	f := r.tagFits(move, g)
	f.expected = tagDemand(g)
	return f
}

func (r *reader) tagFits(move Move, g v1alpha1.TagGate) finding {
	tags, owner, s := r.tagsOf(move, g.Of)
	if s != nil {
		return tagStop(s)
	}
	value, set := tags[string(g.Key)]
	fits, s := fitsTag(g, value, set)
	if s != nil {
		return s.finding()
	}
	sentence := fmt.Sprintf("tag %s is %s", showKey(string(g.Key)), showTag(value, set))
	f := passed(sentence)
	if !fits {
		f = failed(v1alpha1.ReasonGateFailed, sentence+", but must be "+tagDemand(g))
	}
	f.observed = showTag(value, set)
	f.aside = ", " + owner
	return f
}

// tagsOf are the tags of whomever the gate looks at, and who that is.
func (r *reader) tagsOf(move Move, of v1alpha1.TagOf) (map[string]string, string, *stop) {
	version, s := r.candidate(move)
	if s != nil {
		return nil, "", s
	}
	switch of {
	case v1alpha1.TagOfVersion, "":
		return version.Tags, move.noun(), nil
	case v1alpha1.TagOfModel:
		return move.Model.Tags, "model " + clean(move.Model.Name, 100), nil
	case v1alpha1.TagOfRun:
		run, s := r.runOf(version, v1alpha1.ProvenanceVerified)
		if s != nil {
			return nil, "", s
		}
		return run.Tags, "run " + shortRun(run.RunID), nil
	default:
		return nil, "", halt("there are no tags of " + clean(string(of), 50))
	}
}

func tagStop(s *stop) finding {
	f := s.finding()
	if s.unproven {
		f.sentence += ", so the run's tags don't count"
	}
	return f
}

func fitsTag(g v1alpha1.TagGate, value string, set bool) (bool, *stop) {
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
		return false, halt("there is no operator " + clean(string(g.Operator), 50) + " of tags")
	}
}

// tagDemand completes "must be …".
func tagDemand(g v1alpha1.TagGate) string {
	switch g.Operator {
	case v1alpha1.TagIn:
		return "one of " + quoted(g.Values)
	case v1alpha1.TagNotIn:
		return "none of " + quoted(g.Values)
	case v1alpha1.TagExists:
		return "set"
	default:
		return "not set"
	}
}

func quoted(values []string) string {
	var list []string
	for _, value := range values {
		list = append(list, strconv.Quote(clean(value, 100)))
	}
	return clean(strings.Join(list, ", "), 400)
}

func showTag(value string, set bool) string {
	if !set {
		return "not set"
	}
	return strconv.Quote(clean(value, 100))
}
