// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Resolution is which version is wanted, or what stands in the way of knowing.
type Resolution struct {
	// Version is the wanted version; empty when it is not known.
	Version string
	// Message says how it was found, or why it was not.
	Message string
	// StageNotFound is true when the spec names a stage that the model does not have.
	StageNotFound bool
	// SearchTags is set when the answer needs a search: the newest version with these tags.
	SearchTags map[string]string
}

// Resolve finds the version that the spec wants in what the view shows of the model.
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

// resolveLatest needs no search where the newest version carries the tags: it is in the list.
func resolveLatest(tags map[string]v1alpha1.TagValue, model *entities.RegisteredModel) Resolution {
	newest := model.NewestVersion()
	if newest == nil {
		return Resolution{Message: fmt.Sprintf("model %s has no version yet", model.Name)}
	}
	if hasTags(newest, tags) {
		return newestResolution(newest.Version, tags)
	}
	search := make(map[string]string, len(tags))
	for key, value := range tags {
		search[key] = string(value)
	}
	return Resolution{SearchTags: search}
}

// ResolveSearch is the resolution after the search. Found is nil where no version has the tags.
func ResolveSearch(model string, tags map[string]v1alpha1.TagValue, found *entities.ModelVersion) Resolution {
	if found == nil {
		return Resolution{Message: fmt.Sprintf("model %s has no version with %s", model, describeTags(tags))}
	}
	return newestResolution(found.Version, tags)
}

// IsStillSelected tells whether a version, read afresh, carries the tags that it was chosen
// for, which the view or a search had shown. A recorded holder is wanted whatever its tags.
func IsStillSelected(spec *v1alpha1.ModelPromotionSpec, version *entities.ModelVersion) bool {
	return spec.VersionFrom == nil || spec.VersionFrom.Latest == nil || hasTags(version, spec.VersionFrom.Latest.Tags)
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
	for i := range stages {
		if stages[i].Name == name {
			return resolveAlias(model, stages[i].EffectiveAlias(), "stage "+string(name))
		}
	}
	return Resolution{
		StageNotFound: true,
		Message:       fmt.Sprintf("versionFrom names the stage %s, which the model does not have", name),
	}
}

func resolveAlias(model *entities.RegisteredModel, alias, place string) Resolution {
	version := model.Aliases[alias]
	if version == "" {
		return Resolution{Message: fmt.Sprintf("no version holds %s", place)}
	}
	return Resolution{Version: version, Message: fmt.Sprintf("version %s holds %s", version, place)}
}

func hasTags(version *entities.ModelVersion, tags map[string]v1alpha1.TagValue) bool {
	for key, value := range tags {
		if live, there := version.Tags[key]; !there || live != string(value) {
			return false
		}
	}
	return true
}

// describeTags names tags in a fixed order.
func describeTags(tags map[string]v1alpha1.TagValue) string {
	words := make([]string, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		words = append(words, fmt.Sprintf("%s=%s", key, tags[key]))
	}
	return "tag " + strings.Join(words, ", ")
}
