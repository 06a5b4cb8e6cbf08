// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

// RetentionAction says what becomes of a version that nothing keeps.
//
// +kubebuilder:validation:Enum=Archive;Delete
type RetentionAction string

// What becomes of a version that nothing keeps.
const (
	// RetentionArchive moves it to MLflow's stage Archived. It can be loaded as before.
	RetentionArchive RetentionAction = "Archive"
	// RetentionDelete deletes it. It does not come back.
	RetentionDelete RetentionAction = "Delete"
)

// Retention says which versions of a model are kept. Whatever it says, these are: a
// version that an alias points to, that is in MLflow's stage Production, that a
// ModelPromotion wants or waits for, that the history of one shows as the current or the
// previous holder of its stage, that a comparison gate names, and one that is still being
// registered.
type Retention struct {
	// keepLatest is how many versions are kept that have the highest numbers, 1 to 1000:
	// with 3 and the versions 1 to 9, these are 7, 8 and 9. Those that something else keeps
	// count, too, as do those that are archived.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	KeepLatest int32 `json:"keepLatest,omitempty"`

	// action says what becomes of the versions that nothing keeps: Archive (default) moves
	// them to MLflow's stage Archived, with the tag registry.mlflow-operator.io/archived that
	// says why and when. Delete deletes them, and an event names each.
	// +optional
	// +default="Archive"
	Action RetentionAction `json:"action,omitempty"`

	// keepTags are the keys of tags of which one keeps a version, whatever its value. A tag
	// that is set or removed later counts when the versions are gone through the next time:
	// when one comes, an alias is moved, or somebody asks for a look. Absent: no tag keeps
	// a version.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=16
	KeepTags []TagKey `json:"keepTags,omitempty"`
}

// DeletionPolicy says what becomes of a model in MLflow when its object is deleted.
//
// +kubebuilder:validation:Enum=Retain;Delete
type DeletionPolicy string

// What becomes of a model when its object is deleted.
const (
	DeletionPolicyRetain DeletionPolicy = "Retain"
	DeletionPolicyDelete DeletionPolicy = "Delete"
)

// VersionsStatus is what the last look at all versions of a model has found.
type VersionsStatus struct {
	// total is how many versions the model has. Absent: none.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Total int32 `json:"total,omitempty"`

	// archived is how many of them are in MLflow's stage Archived. Absent: none.
	// +optional
	// +kubebuilder:validation:Minimum=0
	Archived int32 `json:"archived,omitempty"`

	// observedHash is a hash of all that the retention depends on: the policy, the model,
	// its aliases and its promotions. While it is the same, the versions are not listed
	// again. Absent: the retention has not finished.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	ObservedHash string `json:"observedHash,omitempty"`
}
