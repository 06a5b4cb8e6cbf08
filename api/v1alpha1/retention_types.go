// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// RetentionAction says what happens to a version that is not kept.
//
// +kubebuilder:validation:Enum=Archive;Delete
type RetentionAction string

// What happens to a version that is not kept.
const (
	// RetentionArchive moves it to MLflow's stage Archived. It can still be loaded.
	RetentionArchive RetentionAction = "Archive"
	// RetentionDelete deletes it. It can't be restored.
	RetentionDelete RetentionAction = "Delete"
)

// Retention says which versions of a model are kept. These are always kept: a version
// that an alias points to, that is in MLflow's stage Production, that a ModelPromotion
// wants or waits for, that the history of a promotion shows as the current or the
// previous version of its stage, that a comparison gate names, or that is still being
// registered.
type Retention struct {
	// keepLatest is how many of the versions with the highest numbers are kept, 1 to 1000:
	// with 3 and the versions 1 to 9, these are 7, 8 and 9. Versions that are kept for
	// another reason, or are archived, count as well.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	KeepLatest int32 `json:"keepLatest,omitempty"`

	// action says what happens to the versions that are not kept: Archive (default) moves
	// them to MLflow's stage Archived, with the tag registry.mlflow-operator.io/archived
	// that says why and when. Delete deletes them, with an event for each.
	// +optional
	// +default="Archive"
	Action RetentionAction `json:"action,omitempty"`

	// keepTags are the keys of tags: a version with one of them is kept, whatever the
	// value. A tag that is set or removed later counts at the next evaluation of the
	// retention: when a version is registered, an alias is moved, or a reconcile is
	// requested. Absent: no tag keeps a version.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	KeepTags []TagKey `json:"keepTags,omitempty"`
}

// DeletionPolicy says what happens to a model in MLflow when its object is deleted.
//
// +kubebuilder:validation:Enum=Retain;Delete
type DeletionPolicy string

// What happens to a model in MLflow when its object is deleted.
const (
	DeletionPolicyRetain DeletionPolicy = "Retain"
	DeletionPolicyDelete DeletionPolicy = "Delete"
)

// VersionsStatus is what the operator found when it last listed all versions of a
// model.
type VersionsStatus struct {
	// total is how many versions the model has. Absent: none.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Total int32 `json:"total,omitempty"`

	// archived is how many of them are in MLflow's stage Archived. Absent: none.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Archived int32 `json:"archived,omitempty"`

	// observedHash is a hash of everything that the retention depends on: the policy, the
	// model, its aliases and its promotions. While it is unchanged, the versions are not
	// listed again. Absent: the retention has not been applied completely.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ObservedHash string `json:"observedHash,omitempty"`
}
