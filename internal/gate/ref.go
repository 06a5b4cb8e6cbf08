// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"slices"
)

// RefKind says what a Ref names.
type RefKind string

// The things that a judgement reads.
const (
	RefVersion     RefKind = "Version"
	RefRun         RefKind = "Run"
	RefLoggedModel RefKind = "LoggedModel"
	// RefHistory is every point that a run logged of one metric.
	RefHistory RefKind = "History"
	// RefApprovals is every PromotionApproval of a promotion.
	RefApprovals RefKind = "Approvals"
	// RefIdentity is whether user names in the objects of a namespace are those of the users
	// who wrote them.
	RefIdentity RefKind = "Identity"
)

// Ref names one thing in MLflow, or in the cluster, that a judgement wants to have read. It can be the
// key of a map.
type Ref struct {
	Kind RefKind
	// ID is the number of the version, the id of the run (also of a history), the id of
	// the logged model, the name of the promotion, or the namespace.
	ID string
	// Model is the registered model of a version.
	Model string
	// Key is the metric of a history.
	Key string
}

// VersionRef names one version of a registered model.
func VersionRef(model, version string) Ref {
	return Ref{Kind: RefVersion, ID: version, Model: model}
}

// RunRef names one run.
func RunRef(id string) Ref {
	return Ref{Kind: RefRun, ID: id}
}

// LoggedModelRef names one logged model.
func LoggedModelRef(id string) Ref {
	return Ref{Kind: RefLoggedModel, ID: id}
}

// HistoryRef names all points of one metric of one run.
func HistoryRef(run, key string) Ref {
	return Ref{Kind: RefHistory, ID: run, Key: key}
}

// ApprovalsRef names all approvals of one promotion.
func ApprovalsRef(promotion string) Ref {
	return Ref{Kind: RefApprovals, ID: promotion}
}

// IdentityRef names whether user names are authentic in a namespace.
func IdentityRef(namespace string) Ref {
	return Ref{Kind: RefIdentity, ID: namespace}
}

// String is the reference as a sentence calls it.
func (r Ref) String() string {
	switch r.Kind {
	case RefVersion:
		return "version " + clean(r.ID, 20) + " of model " + clean(r.Model, 100)
	case RefRun:
		return "run " + shortRun(r.ID)
	case RefLoggedModel:
		return "logged model " + shortLoggedModel(r.ID)
	case RefApprovals:
		return "the approvals of promotion " + clean(r.ID, 100)
	case RefIdentity:
		return "whether user names are authentic in namespace " + clean(r.ID, 63)
	default:
		return "the history of " + clean(r.Key, 100) + " in run " + shortRun(r.ID)
	}
}

func compareRefs(a, b Ref) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Model, b.Model),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.Key, b.Key),
	)
}

func sortedRefs(set map[Ref]bool) []Ref {
	var refs []Ref
	for ref := range set {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, compareRefs)
	return refs
}
