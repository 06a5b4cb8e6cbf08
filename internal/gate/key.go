// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"slices"
)

// KeyKind says what a Ref names.
type KeyKind string

// The things that a judgement reads.
const (
	KindVersion     KeyKind = "Version"
	KindRun         KeyKind = "Run"
	KindLoggedModel KeyKind = "LoggedModel"
	// KindHistory is every point that a run logged of one metric.
	KindHistory KeyKind = "History"
	// KindApprovals is every PromotionApproval of a promotion.
	KindApprovals KeyKind = "Approvals"
	// KindIdentity is whether user names in the objects of a namespace are those of the users
	// who wrote them.
	KindIdentity KeyKind = "Identity"
)

// Key names one thing in MLflow, or in the cluster, that a judgement wants to have read. It can be the
// key of a map.
type Key struct {
	Kind KeyKind
	// ID is the number of the version, the id of the run (also of a history), the id of
	// the logged model, the name of the promotion, or the namespace.
	ID string
	// Model is the registered model of a version.
	Model string
	// MetricKey is the metric of a history.
	MetricKey string
}

// VersionKey names one version of a registered model.
func VersionKey(model, version string) Key {
	return Key{Kind: KindVersion, ID: version, Model: model}
}

// RunKey names one run.
func RunKey(id string) Key {
	return Key{Kind: KindRun, ID: id}
}

// LoggedModelKey names one logged model.
func LoggedModelKey(id string) Key {
	return Key{Kind: KindLoggedModel, ID: id}
}

// HistoryKey names all points of one metric of one run.
func HistoryKey(run, key string) Key {
	return Key{Kind: KindHistory, ID: run, MetricKey: key}
}

// ApprovalsKey names all approvals of one promotion.
func ApprovalsKey(promotion string) Key {
	return Key{Kind: KindApprovals, ID: promotion}
}

// IdentityKey names whether user names are authentic in a namespace.
func IdentityKey(namespace string) Key {
	return Key{Kind: KindIdentity, ID: namespace}
}

// String is the reference as a sentence calls it.
func (r Key) String() string {
	switch r.Kind {
	case KindVersion:
		return "version " + cleanText(r.ID, 20) + " of model " + cleanText(r.Model, 100)
	case KindRun:
		return "run " + shortenRunID(r.ID)
	case KindLoggedModel:
		return "logged model " + shortenLoggedModelID(r.ID)
	case KindApprovals:
		return "the approvals of promotion " + cleanText(r.ID, 100)
	case KindIdentity:
		return "whether user names are authentic in namespace " + cleanText(r.ID, 63)
	default:
		return "the history of " + cleanText(r.MetricKey, 100) + " in run " + shortenRunID(r.ID)
	}
}

func compareKeys(a, b Key) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Model, b.Model),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.MetricKey, b.MetricKey),
	)
}

func sortKeys(set map[Key]bool) []Key {
	var refs []Key
	for ref := range set {
		refs = append(refs, ref)
	}
	slices.SortFunc(refs, compareKeys)
	return refs
}
