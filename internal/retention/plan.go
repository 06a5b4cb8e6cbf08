// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	"fmt"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Action is what becomes of a version.
type Action string

// What becomes of a version.
const (
	Keep    Action = "Keep"
	Archive Action = "Archive"
	Delete  Action = "Delete"
)

// Decision is what becomes of one version, and why.
type Decision struct {
	Version *entities.ModelVersion
	Action  Action
	// Reason is a part of a sentence: "alias champion points to it".
	Reason string
}

// Situation is what the decisions depend on, beside the versions themselves.
type Situation struct {
	Policy v1alpha1.Retention
	// Model is the model in MLflow, which alone shows the aliases.
	Model *entities.RegisteredModel
	// Protected are the versions that something in the cluster needs.
	Protected Protected
	// Observed is whether nothing may be written.
	Observed bool
}

// Plan is one decision for each version of a model.
type Plan struct {
	// Decisions begin with the newest version.
	Decisions []Decision
	situation Situation
	// floor is the lowest number that is among the newest.
	floor int64
}

// NewPlan decides about all versions of a model.
func NewPlan(s Situation, versions []*entities.ModelVersion) Plan {
	sorted := slices.SortedFunc(slices.Values(versions), newestFirst)
	p := Plan{situation: s, floor: floor(sorted, int(s.Policy.KeepLatest))}
	for _, v := range sorted {
		p.Decisions = append(p.Decisions, p.Judge(v))
	}
	return p
}

// Due are the decisions that something has to be done for, the oldest version first.
func (p Plan) Due() []Decision {
	var due []Decision
	for _, d := range slices.Backward(p.Decisions) {
		if d.Action != Keep {
			due = append(due, d)
		}
	}
	return due
}

// Judge decides about one version, such as one that was read afresh. What is among the
// newest is as it was when the plan was made: a version that came meanwhile makes none due.
func (p Plan) Judge(v *entities.ModelVersion) Decision {
	if reason := p.keeps(v); reason != "" {
		return Decision{Version: v, Action: Keep, Reason: reason}
	}
	reason := fmt.Sprintf("it is not among the newest %d, and nothing else keeps it", p.situation.Policy.KeepLatest)
	if p.situation.Policy.Action == v1alpha1.RetentionDelete {
		return Decision{Version: v, Action: Delete, Reason: reason}
	}
	return Decision{Version: v, Action: Archive, Reason: reason}
}

// keeps says why a version is kept; empty when nothing keeps it. What is not understood is
// kept.
func (p Plan) keeps(v *entities.ModelVersion) string {
	policy := p.situation.Policy
	aliases := slices.Concat(p.situation.Model.AliasesOf(v.Version), v.Aliases)
	switch {
	case v.Number() <= 0:
		return "its number can't be read"
	case v.Status != entities.StatusReady && v.Status != entities.StatusFailed:
		return "it is not READY yet"
	case v.Number() >= p.floor:
		return fmt.Sprintf("it is among the newest %d", policy.KeepLatest)
	case len(aliases) > 0:
		return fmt.Sprintf("alias %s points to it", aliases[0])
	case strings.EqualFold(v.CurrentStage, entities.StageProduction):
		return "it is in MLflow's stage Production"
	case p.situation.Protected[v.Version] != "":
		return p.situation.Protected[v.Version]
	case carries(v, policy.KeepTags) != "":
		return "it carries the tag " + carries(v, policy.KeepTags)
	case policy.Action != v1alpha1.RetentionDelete && v.CurrentStage == entities.StageArchived:
		return "it is archived already"
	default:
		return ""
	}
}

// carries is the first of some tags that a version has; empty when it has none.
func carries(v *entities.ModelVersion, keys []v1alpha1.TagKey) string {
	for _, key := range keys {
		if _, there := v.Tags[string(key)]; there {
			return string(key)
		}
	}
	return ""
}

// floor is the number of the last version that is among the newest.
func floor(sorted []*entities.ModelVersion, keep int) int64 {
	keep = max(keep, 1)
	if len(sorted) <= keep {
		return 0
	}
	return sorted[keep-1].Number()
}

func newestFirst(a, b *entities.ModelVersion) int {
	switch {
	case a.Number() > b.Number():
		return -1
	case a.Number() < b.Number():
		return 1
	default:
		return 0
	}
}
