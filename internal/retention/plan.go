// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Action is what the operator does with a version.
type Action string

// The actions of a plan.
const (
	ActionKeep    Action = "Keep"
	ActionArchive Action = "Archive"
	ActionDelete  Action = "Delete"
)

// Decision is the action for one version, and its reason.
type Decision struct {
	Version *entities.ModelVersion
	Action  Action
	// Reason is a clause about the version, such as "alias champion points to it".
	Reason string
}

// State is what the decisions depend on, besides the versions.
type State struct {
	Policy v1alpha1.Retention
	// Model is the model in MLflow. Only the model lists all aliases.
	Model *entities.RegisteredModel
	// Protected are the versions that an object in the cluster needs.
	Protected ProtectedVersions
	// ReadOnly says that the operator must not write to MLflow.
	ReadOnly bool
}

// Plan is one decision for each version of a model.
type Plan struct {
	// Decisions are sorted from the newest version to the oldest.
	Decisions []Decision
	state     State
	// oldestKept is the lowest number among the newest versions; 0 if all versions are.
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

// Pending returns the decisions to archive or delete a version, the oldest version first.
func (p Plan) Pending() []Decision {
	var pending []Decision
	for _, d := range slices.Backward(p.Decisions) {
		if d.Action != ActionKeep {
			pending = append(pending, d)
		}
	}
	return pending
}

// Decide decides about one version, such as one that was read again. The newest versions are
// those of the time when the plan was made: a version that was added since then does not
// make another one pending.
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

// keepReason says why a version is kept; empty if nothing keeps it. A version with an unknown
// number or status is kept.
func (p Plan) keepReason(v *entities.ModelVersion) string {
	policy := p.state.Policy
	aliases := slices.Concat(p.state.Model.AliasesOf(v.Version), v.Aliases)
	switch {
	case v.Number() <= 0:
		return "its number is not valid"
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
		return "it has the tag " + findTag(v, policy.KeepTags)
	case policy.Action != v1alpha1.RetentionDelete && v.CurrentStage == entities.StageArchived:
		return "it is already archived"
	default:
		return ""
	}
}

// findTag returns the first of the keys that a version has as a tag; empty if it has none of them.
func findTag(v *entities.ModelVersion, keys []v1alpha1.TagKey) string {
	for _, key := range keys {
		if _, hasTag := v.Tags[string(key)]; hasTag {
			return string(key)
		}
	}
	return ""
}

// findOldestKept returns the lowest number among the newest versions. At least one version is
// kept, whatever the policy.
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

// ArchiveTag returns the value of the tag of an archived version: by which object and why it was
// archived, and when. An auditor can read it without access to the cluster.
func ArchiveTag(d Decision, policy v1alpha1.Retention, by string, at time.Time) string {
	content, err := json.Marshal(struct {
		By         string    `json:"by"`
		Reason     string    `json:"reason"`
		KeepLatest int32     `json:"keepLatest"`
		Time       time.Time `json:"time"`
	}{by, d.Reason, policy.KeepLatest, at.UTC().Truncate(time.Second)})
	if err != nil {
		panic(err) // impossible: strings, a number and a time of this millennium
	}
	return string(content)
}
