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
	ActionKeep    Action = "Keep"
	ActionArchive Action = "Archive"
	ActionDelete  Action = "Delete"
)

// Decision is what becomes of one version, and why.
type Decision struct {
	Version *entities.ModelVersion
	Action  Action
	// Reason is a part of a sentence: "alias champion points to it".
	Reason string
}

// State is what the decisions depend on, beside the versions themselves.
type State struct {
	Policy v1alpha1.Retention
	// Model is the model in MLflow, which alone shows the aliases.
	Model *entities.RegisteredModel
	// Protected are the versions that something in the cluster needs.
	Protected ProtectedVersions
	// ReadOnly is whether nothing may be written.
	ReadOnly bool
}

// Plan is one decision for each version of a model.
type Plan struct {
	// Decisions begin with the newest version.
	Decisions []Decision
	state     State
	// oldestKept is the lowest number that is among the newest.
	oldestKept int64
}

// NewPlan decides about all versions of a model.
func NewPlan(s State, versions []*entities.ModelVersion) Plan {
	sorted := slices.SortedFunc(slices.Values(versions), compareNewestFirst)
	p := Plan{state: s, oldestKept: findOldestKept(sorted, int(s.Policy.KeepLatest))}
	for _, v := range sorted {
		p.Decisions = append(p.Decisions, p.Decide(v))
	}
	return p
}

// Pending are the decisions that something has to be done for, the oldest version first.
func (p Plan) Pending() []Decision {
	var due []Decision
	for _, d := range slices.Backward(p.Decisions) {
		if d.Action != ActionKeep {
			due = append(due, d)
		}
	}
	return due
}

// Decide decides about one version, such as one that was read afresh. What is among the
// newest is as it was when the plan was made: a version that came meanwhile makes none due.
func (p Plan) Decide(v *entities.ModelVersion) Decision {
	if reason := p.keepReason(v); reason != "" {
		return Decision{Version: v, Action: ActionKeep, Reason: reason}
	}
	reason := fmt.Sprintf("it is not among the newest %d, and nothing else keeps it", p.state.Policy.KeepLatest)
	if p.state.Policy.Action == v1alpha1.RetentionDelete {
		return Decision{Version: v, Action: ActionDelete, Reason: reason}
	}
	return Decision{Version: v, Action: ActionArchive, Reason: reason}
}

// keepReason says why a version is kept; empty when nothing keeps it. What is not understood is
// kept.
func (p Plan) keepReason(v *entities.ModelVersion) string {
	policy := p.state.Policy
	aliases := slices.Concat(p.state.Model.AliasesOf(v.Version), v.Aliases)
	switch {
	case v.Number() <= 0:
		return "its number can't be read"
	case v.Status != entities.StatusReady && v.Status != entities.StatusFailed:
		return "it is not READY yet"
	case v.Number() >= p.oldestKept:
		return fmt.Sprintf("it is among the newest %d", policy.KeepLatest)
	case len(aliases) > 0:
		return fmt.Sprintf("alias %s points to it", aliases[0])
	case strings.EqualFold(v.CurrentStage, entities.StageProduction):
		return "it is in MLflow's stage Production"
	case p.state.Protected[v.Version] != "":
		return p.state.Protected[v.Version]
	case findTag(v, policy.KeepTags) != "":
		return "it carries the tag " + findTag(v, policy.KeepTags)
	case policy.Action != v1alpha1.RetentionDelete && v.CurrentStage == entities.StageArchived:
		return "it is archived already"
	default:
		return ""
	}
}

// findTag is the first of some tags that a version has; empty when it has none.
func findTag(v *entities.ModelVersion, keys []v1alpha1.TagKey) string {
	for _, key := range keys {
		if _, there := v.Tags[string(key)]; there {
			return string(key)
		}
	}
	return ""
}

// findOldestKept is the number of the last version that is among the newest.
func findOldestKept(sorted []*entities.ModelVersion, keep int) int64 {
	keep = max(keep, 1)
	if len(sorted) <= keep {
		return 0
	}
	return sorted[keep-1].Number()
}

func compareNewestFirst(a, b *entities.ModelVersion) int {
	switch {
	case a.Number() > b.Number():
		return -1
	case a.Number() < b.Number():
		return 1
	default:
		return 0
	}
}
