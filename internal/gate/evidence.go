// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"cmp"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// KeyKind says what a Key names.
type KeyKind string

// The kinds of evidence.
const (
	KindVersion     KeyKind = "Version"
	KindRun         KeyKind = "Run"
	KindLoggedModel KeyKind = "LoggedModel"
	// KindHistory is every point that a run logged of one metric.
	KindHistory KeyKind = "History"
	// KindApprovals is every PromotionApproval of a promotion.
	KindApprovals KeyKind = "Approvals"
	// KindIdentity is since when the user names in the objects of a namespace are those of
	// the users who wrote them.
	KindIdentity KeyKind = "Identity"
)

// Key names one thing in MLflow or in the cluster that a gate reads. It can be the key of a
// map.
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

func runKey(id string) Key {
	return Key{Kind: KindRun, ID: id}
}

func loggedModelKey(id string) Key {
	return Key{Kind: KindLoggedModel, ID: id}
}

func historyKey(run, metric string) Key {
	return Key{Kind: KindHistory, ID: run, MetricKey: metric}
}

// ApprovalsKey names all approvals of one promotion.
func ApprovalsKey(promotion string) Key {
	return Key{Kind: KindApprovals, ID: promotion}
}

// IdentityKey names since when user names are authentic in a namespace.
func IdentityKey(namespace string) Key {
	return Key{Kind: KindIdentity, ID: namespace}
}

// String returns the key as messages name it.
func (k Key) String() string {
	switch k.Kind {
	case KindVersion:
		return "version " + sanitize.CleanText(k.ID, 20) + " of model " + sanitize.CleanText(k.Model, 100)
	case KindRun:
		return "run " + shortenRunID(k.ID)
	case KindLoggedModel:
		return "logged model " + shortenLoggedModelID(k.ID)
	case KindApprovals:
		return "the approvals of promotion " + sanitize.CleanText(k.ID, 100)
	case KindIdentity:
		return "whether user names are authentic in namespace " + sanitize.CleanText(k.ID, 63)
	case KindHistory:
		return "the history of " + sanitize.CleanText(k.MetricKey, 100) + " in run " + shortenRunID(k.ID)
	}
	return string(k.Kind) + " " + sanitize.CleanText(k.ID, 100)
}

func compareKeys(a, b Key) int {
	return cmp.Or(
		cmp.Compare(a.Kind, b.Kind),
		cmp.Compare(a.Model, b.Model),
		cmp.Compare(a.ID, b.ID),
		cmp.Compare(a.MetricKey, b.MetricKey),
	)
}

// shortenRunID returns as much of a run's id as a reader needs to recognize the run.
func shortenRunID(id string) string {
	return truncateID(id, 8)
}

// shortenLoggedModelID keeps the prefix m-, by which a reader recognizes a logged model.
func shortenLoggedModelID(id string) string {
	return truncateID(id, 10)
}

func truncateID(id string, length int) string {
	runes := []rune(sanitize.CleanText(id, 100))
	return string(runes[:min(length, len(runes))])
}

// Evidence is what was read from MLflow and of approvals in one reconcile. What was not put
// in it is unread. Putting a Key again replaces what was there.
type Evidence struct {
	entries map[Key]evidenceEntry
}

// evidenceEntry is what is known of one Key. The zero entry is unread.
type evidenceEntry struct {
	state entryState
	// value is what was read, if present.
	value any
	// message says why it is unreadable.
	message string
}

type entryState int

const (
	stateUnread entryState = iota
	statePresent
	// stateAbsent means that the server confirmed the absence. A server that did not answer
	// leaves the entry unreadable.
	stateAbsent
	stateUnreadable
)

// NewEvidence returns evidence in which everything is unread.
func NewEvidence() *Evidence {
	return &Evidence{entries: map[Key]evidenceEntry{}}
}

// Put records what was read for a key: a *entities.ModelVersion, *entities.Run or
// *entities.LoggedModel, all points of a metric ([]entities.Metric), all approvals of a
// promotion ([]v1alpha1.PromotionApproval), or since when user names are authentic
// (time.Time). An empty list is an answer. A value of another type, and an object with
// another id, such as a proxy may return, are recorded as unreadable.
func (e *Evidence) Put(key Key, value any) {
	if !isValueOf(key, value) {
		e.PutUnreadable(key, "the server returned a different object")
		return
	}
	e.entries[key] = evidenceEntry{state: statePresent, value: value}
}

func isValueOf(key Key, value any) bool {
	switch v := value.(type) {
	case *entities.ModelVersion:
		return key.Kind == KindVersion && v != nil && v.Name == key.Model && v.Version == key.ID
	case *entities.Run:
		return key.Kind == KindRun && v != nil && v.RunID == key.ID
	case *entities.LoggedModel:
		return key.Kind == KindLoggedModel && v != nil && v.ModelID == key.ID
	case []entities.Metric:
		return key.Kind == KindHistory
	case []v1alpha1.PromotionApproval:
		return key.Kind == KindApprovals
	case time.Time:
		return key.Kind == KindIdentity
	default:
		return false
	}
}

// PutAbsent records that the server confirmed that there is no such thing.
func (e *Evidence) PutAbsent(key Key) {
	e.entries[key] = evidenceEntry{state: stateAbsent}
}

// PutUnreadable records that a key could not be read, and why, in one sentence without
// secrets.
func (e *Evidence) PutUnreadable(key Key, sentence string) {
	e.entries[key] = evidenceEntry{state: stateUnreadable, message: sanitize.CleanText(sentence, 300)}
}

// Approvals returns the approvals of a promotion, and whether they were read.
func (e *Evidence) Approvals(key Key) ([]v1alpha1.PromotionApproval, bool) {
	approvals, read := e.getEntry(key).value.([]v1alpha1.PromotionApproval)
	return approvals, read
}

// Identity returns since when user names are authentic, and whether that was read.
func (e *Evidence) Identity(key Key) (time.Time, bool) {
	since, read := e.getEntry(key).value.(time.Time)
	return since, read
}

// getEntry returns what is known of a key. Nil evidence has read nothing.
func (e *Evidence) getEntry(key Key) evidenceEntry {
	if e == nil {
		return evidenceEntry{}
	}
	return e.entries[key]
}
