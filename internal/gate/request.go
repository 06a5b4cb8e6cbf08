// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Request is the question: may this version take this stage?
type Request struct {
	// Model has the aliases, the tags and the incarnation of the registered model, as
	// a list or a get tells them. Nil means that there is none.
	Model *entities.RegisteredModel
	// ModelCreated and VersionCreated are those of the candidate when it was chosen; 0
	// means that it is not pinned yet. Another incarnation is another artifact.
	ModelCreated, VersionCreated entities.Timestamp

	// Stage is what the candidate wants to take, and Alias marks its holder.
	Stage v1alpha1.StageName
	Alias string
	// Stages are all stages of the model, in order.
	Stages []StageRef
	// PromotesFrom are the stages in which the candidate must have been before.
	PromotesFrom []v1alpha1.StageName
	// PromotedStages are the stages whose history shows this very version.
	PromotedStages map[v1alpha1.StageName]bool
	// RequiredSoakTime is how long it must have held each of PromotesFrom; empty demands nothing.
	RequiredSoakTime v1alpha1.Duration
	// StageTenures are the times in which it held these stages, newest first.
	StageTenures map[v1alpha1.StageName][]Tenure
	// Now is when the question is asked. Only RequiredSoakTime depends on it.
	Now time.Time

	// Candidate is the number of the version.
	Candidate string
	// BaselineVersion is the version to beat: the one that holds the stage, or the recorded holder
	// where another hand put that one there; empty when there is none.
	BaselineVersion string
	// BackwardExemption is empty, or the sentence why taking the stage is no step backward for the
	// candidate: it holds it already, or held it until another hand moved the alias.
	BackwardExemption string
	// PriorHolderReason is empty, or the sentence that says why the candidate has a claim to the
	// stage from before. Trusted is the same with what that means to comparisons.
	PriorHolderReason, SkipComparisonReason string
	// Namespace and Promotion are where approvals are, and whose they are. PromotionCreated is
	// since when that name has meant this stage of this model.
	Namespace, PromotionName string
	PromotionCreated         time.Time
	// RequestedBy is the user who asked for the candidate; empty where nobody says.
	RequestedBy v1alpha1.UserName
	// Override is what a person wants to have overridden; nil is nothing.
	Override *Override
	// NotEnforcedReason is empty, or says why metrics and comparisons are evaluated and reported,
	// and keep nobody out.
	NotEnforcedReason string
	// Gates are the gates of the stage and of the promotion, in order.
	Gates []GateSpec
}

// StageRef is one stage of the model.
type StageRef struct {
	Name  v1alpha1.StageName
	Alias string
	// MLflowStage is the legacy stage that is kept in step; empty when none is.
	MLflowStage string
}

// GateSpec is a gate with who demanded it.
type GateSpec struct {
	Gate   v1alpha1.Gate
	Origin v1alpha1.GateOrigin
}

// DuplicateNames are the names, sorted, that more than one gate has. The names of
// the built-in checks are taken.
func DuplicateNames(demands []GateSpec) []string {
	count := map[string]int{builtInVersionReady: 1, builtInPromotesFrom: 1, builtInRequiredSoakTime: 1, builtInNotBackward: 1}
	var duplicates []string
	for _, demand := range demands {
		name := demand.Gate.Name
		count[name]++
		if count[name] == 2 {
			duplicates = append(duplicates, name)
		}
	}
	slices.Sort(duplicates)
	return duplicates
}

// IsReservedName tells whether a name is that of a built-in check.
func IsReservedName(name string) bool {
	return name == builtInVersionReady || name == builtInPromotesFrom || name == builtInRequiredSoakTime || name == builtInNotBackward
}
