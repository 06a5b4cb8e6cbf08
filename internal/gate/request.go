// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// Request asks whether a version may be promoted to a stage.
//
// BackwardExemption, PriorTenureReason, SkipComparisonReason and NotEnforcedReason are
// sentences: each says why a rule does not apply, and is shown to users. Empty means that
// the rule applies.
type Request struct {
	// Model has the aliases, the tags and the creation time of the registered model. Nil
	// means that the model does not exist.
	Model *entities.RegisteredModel
	// ModelCreated and VersionCreated are when the model and the candidate were created, as
	// recorded when the candidate was chosen; 0 if that is not recorded yet. A different
	// creation time means a different artifact under the same name.
	ModelCreated, VersionCreated entities.Timestamp

	// Stage is the stage that the candidate wants, and Alias the alias that points to the
	// stage's current version.
	Stage v1alpha1.StageName
	Alias string
	// Stages are all stages of the model, in order.
	Stages []StageRef
	// PromotesFrom are the stages to which the candidate must have been promoted before.
	PromotesFrom []v1alpha1.StageName
	// PromotedStages are the stages whose history has this artifact.
	PromotedStages map[v1alpha1.StageName]bool
	// RequiredSoakTime is for how long the candidate must have held each of PromotesFrom.
	// Empty requires nothing.
	RequiredSoakTime v1alpha1.Duration
	// StageTenures are the candidate's tenures of other stages, newest first.
	StageTenures map[v1alpha1.StageName][]Tenure
	// Now is the time of the request. Only RequiredSoakTime depends on it.
	Now time.Time

	// Candidate is the number of the version.
	Candidate string
	// BaselineVersion is the version that the candidate replaces: the stage's current version
	// or, after an external change, the last promoted version. Empty if the stage is empty.
	BaselineVersion string
	// BackwardExemption says why a promotion to this stage is no step backward: the candidate
	// holds the stage, or held it until an external change.
	BackwardExemption string
	// PriorTenureReason says why the candidate need not soak and be approved again: it held
	// the stage before.
	PriorTenureReason string
	// SkipComparisonReason says why the candidate need not meet comparisons again: it held
	// the stage before, and the stage trusts rollbacks.
	SkipComparisonReason string

	// Namespace and PromotionName name the ModelPromotion. PromotionCreated is since when
	// that name has meant this stage of this model.
	Namespace, PromotionName string
	PromotionCreated         time.Time
	// RequestedBy is the user who requested the candidate; empty if the promotion does not
	// name one.
	RequestedBy v1alpha1.UserName
	// Override names the gates that a person overrides; nil overrides none.
	Override *Override
	// NotEnforcedReason says why metrics and comparisons are evaluated and reported, but do
	// not block.
	NotEnforcedReason string
	// Gates are the gates of the stage and of the promotion, in order.
	Gates []Spec

	// evidenceDigest is the digest that an approval which names evidence must name; empty
	// while it is not known. Evaluate sets it before it asks people.
	evidenceDigest string
}

// StageRef is one stage of the model.
type StageRef struct {
	Name  v1alpha1.StageName
	Alias string
	// MLflowStage is the legacy stage that is kept in sync; may be empty.
	MLflowStage string
}

// Spec is a gate and its origin.
type Spec struct {
	Gate   v1alpha1.Gate
	Origin v1alpha1.GateOrigin
}

// Tenure is a time for which a version held a stage without a break, as far as the promotion
// of that stage observed it.
type Tenure struct {
	// Since is when it began. Zero means that the version holds the stage, and that the
	// start was not observed.
	Since time.Time
	// Until is when it ended. Zero means that the version still holds the stage.
	Until time.Time
}

// Override names gates that a person exempts for one version.
type Override struct {
	// Version is the version that it is for, and Gates are the names of the gates.
	Version string
	Gates   []string
	Reason  string
	// IgnoredReason says why it does not count for any version; empty if it may count.
	IgnoredReason string
}

// describeCandidate returns the candidate as messages name it.
func (r Request) describeCandidate() string {
	return describeVersion(r.Candidate)
}

// stagesBefore returns the names of PromotesFrom, sorted.
func (r Request) stagesBefore() []string {
	var names []string
	for _, stage := range r.PromotesFrom {
		names = append(names, string(stage))
	}
	slices.Sort(names)
	return names
}

func describeVersion(number string) string {
	return "version " + sanitize.CleanText(number, 20)
}
