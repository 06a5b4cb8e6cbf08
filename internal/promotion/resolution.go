// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Resolution is which version the spec wants, or why that is not known.
type Resolution struct {
	// Version is the number of the candidate; empty if it is not known.
	Version string
	// Message says how the candidate was found, or why it was not.
	Message string
	// StageNotFound is true if the spec names a stage that the model does not have.
	StageNotFound bool
	// SearchTags are set if only a search finds the newest version with these tags. Version is empty
	// until ResolveSearch has set it.
	SearchTags map[string]string
}

// HasVersionSelector reports whether the operator selects the version itself. A reference to a
// ModelVersion selects nothing: it means one version, as a number does.
func HasVersionSelector(spec *v1alpha1.ModelPromotionSpec) bool {
	return spec.VersionFrom != nil && spec.Reference() == nil
}

// Resolve finds the version that the spec wants in what the snapshot shows of the model.
func Resolve(spec *v1alpha1.ModelPromotionSpec, stages []v1alpha1.Stage, model *entities.RegisteredModel) Resolution {
	switch from := spec.VersionFrom; {
	case from == nil:
		return Resolution{Version: string(spec.Version), Message: fmt.Sprintf("version %s is wanted", spec.Version)}
	case from.Latest != nil:
		return resolveLatest(from.Latest.Tags, model)
	case from.Stage != "":
		return resolveStage(from.Stage, stages, model)
	default:
		return resolveAlias(model, from.Alias, "alias "+from.Alias)
	}
}

// resolveLatest needs no search if the newest version has the tags: the list contains it.
func resolveLatest(tags map[string]v1alpha1.TagValue, model *entities.RegisteredModel) Resolution {
	newest := model.NewestVersion()
	if newest == nil {
		return Resolution{Message: fmt.Sprintf("model %s has no version yet", model.Name)}
	}
	if hasTags(newest, tags) {
		return newestResolution(newest.Version, tags)
	}
	return Resolution{SearchTags: toStrings(tags)}
}

// ResolveSearch is the resolution after the search. found is nil if no version has the tags.
func ResolveSearch(model string, tags map[string]v1alpha1.TagValue, found *entities.ModelVersion) Resolution {
	resolution := Resolution{Message: fmt.Sprintf("model %s has no version with %s", model, describeTags(tags))}
	if found != nil {
		resolution = newestResolution(found.Version, tags)
	}
	resolution.SearchTags = toStrings(tags)
	return resolution
}

func toStrings(tags map[string]v1alpha1.TagValue) map[string]string {
	all := make(map[string]string, len(tags))
	for key, value := range tags {
		all[key] = string(value)
	}
	return all
}

// isStillSelected reports whether the version, as it was just read, has the tags for which the
// snapshot or a search selected it. The last promoted version is wanted whatever its tags.
func isStillSelected(s State) bool {
	from := s.Object.Spec.VersionFrom
	return from == nil || from.Latest == nil || s.Candidate == s.LastPromotedVersion() || hasTags(s.Version, from.Latest.Tags)
}

func newestResolution(version string, tags map[string]v1alpha1.TagValue) Resolution {
	if len(tags) == 0 {
		return Resolution{Version: version, Message: fmt.Sprintf("version %s is the newest", version)}
	}
	return Resolution{
		Version: version,
		Message: fmt.Sprintf("version %s is the newest with %s", version, describeTags(tags)),
	}
}

func resolveStage(name v1alpha1.StageName, stages []v1alpha1.Stage, model *entities.RegisteredModel) Resolution {
	stage := findStage(stages, name)
	if stage == nil {
		return Resolution{
			StageNotFound: true,
			Message:       fmt.Sprintf("versionFrom names the stage %s, which the model does not have", name),
		}
	}
	return resolveAlias(model, stage.EffectiveAlias(), "stage "+string(name))
}

func resolveAlias(model *entities.RegisteredModel, alias, place string) Resolution {
	version := model.Aliases[alias]
	if version == "" {
		return Resolution{Message: fmt.Sprintf("no version holds %s", place)}
	}
	return Resolution{Version: version, Message: fmt.Sprintf("version %s holds %s", version, place)}
}

// unusableReasons are the reasons for which a ModelVersion must not be promoted although it has a
// number. Other reasons concern the reconcile of that object, such as a server that does not answer:
// the gates read the version themselves.
var unusableReasons = []string{
	v1alpha1.ReasonVersionNotReady, v1alpha1.ReasonRegistrationFailed, v1alpha1.ReasonVersionNotFound, v1alpha1.ReasonConflict,
}

// ResolveModelVersion is the version that a ModelVersion of the model has registered. If it has
// registered none yet, the resolution has no version, and its message says why.
func ResolveModelVersion(ref *v1alpha1.ModelVersion, model *entities.RegisteredModel) Resolution {
	version := ref.Status.Version
	registered := meta.FindStatusCondition(ref.Status.Conditions, v1alpha1.ConditionRegistered)
	switch {
	case registered == nil || version == "" && registered.Status == metav1.ConditionUnknown:
		return Resolution{Message: fmt.Sprintf("ModelVersion %s is not registered yet", ref.Name)}
	case version == "" || registered.Status == metav1.ConditionFalse && slices.Contains(unusableReasons, registered.Reason):
		return Resolution{Message: fmt.Sprintf("ModelVersion %s is not registered: %s", ref.Name, registered.Message)}
	case ref.Status.ModelCreationTimestamp != int64(model.CreationTimestamp):
		return Resolution{Message: fmt.Sprintf(
			"ModelVersion %s belongs to the model %s that was deleted in MLflow and created again", ref.Name, model.Name)}
	}
	return Resolution{
		Version: string(version),
		Message: fmt.Sprintf("ModelVersion %s registered version %s", ref.Name, version),
	}
}

func hasTags(version *entities.ModelVersion, tags map[string]v1alpha1.TagValue) bool {
	for key, value := range tags {
		if current, found := version.Tags[key]; !found || current != string(value) {
			return false
		}
	}
	return true
}

// describeTags names tags in a fixed order.
func describeTags(tags map[string]v1alpha1.TagValue) string {
	pairs := make([]string, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		pairs = append(pairs, fmt.Sprintf("%s=%s", key, tags[key]))
	}
	return "tag " + strings.Join(pairs, ", ")
}
