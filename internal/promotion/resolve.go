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
	// Search is set when the answer needs a search: the newest version with these tags.
	Search map[string]string
}

// Resolve finds the version that the spec wants in what the view shows of the model.
func Resolve(spec *v1alpha1.ModelPromotionSpec, stages []v1alpha1.Stage, model *entities.RegisteredModel) Resolution {
	switch from := spec.VersionFrom; {
	case from == nil:
		return Resolution{Version: string(spec.Version), Message: fmt.Sprintf("version %s is wanted", spec.Version)}
	case from.Latest != nil:
		return latest(from.Latest.Tags, model)
	case from.Stage != "":
		return fromStage(from.Stage, stages, model)
	default:
		return held(model, from.Alias, "alias "+from.Alias)
	}
}

// latest needs no search where the newest version carries the tags: it is in the list.
func latest(tags map[string]v1alpha1.TagValue, model *entities.RegisteredModel) Resolution {
	newest := model.Newest()
	if newest == nil {
		return Resolution{Message: fmt.Sprintf("model %s has no version yet", model.Name)}
	}
	if carries(newest, tags) {
		return newestWith(newest.Version, tags)
	}
	search := make(map[string]string, len(tags))
	for key, value := range tags {
		search[key] = string(value)
	}
	return Resolution{Search: search}
}

// Searched is the resolution after the search. Found is nil where no version has the tags.
func Searched(model string, tags map[string]v1alpha1.TagValue, found *entities.ModelVersion) Resolution {
	if found == nil {
		return Resolution{Message: fmt.Sprintf("model %s has no version with %s", model, describe(tags))}
	}
	return newestWith(found.Version, tags)
}

// StillWanted tells whether a version, read afresh, carries the tags that it was chosen
// for, which the view or a search had shown. A recorded holder is wanted whatever its tags.
func StillWanted(spec *v1alpha1.ModelPromotionSpec, version *entities.ModelVersion) bool {
	return spec.VersionFrom == nil || spec.VersionFrom.Latest == nil || carries(version, spec.VersionFrom.Latest.Tags)
}

func newestWith(version string, tags map[string]v1alpha1.TagValue) Resolution {
	if len(tags) == 0 {
		return Resolution{Version: version, Message: fmt.Sprintf("version %s is the newest", version)}
	}
	return Resolution{
		Version: version,
		Message: fmt.Sprintf("version %s is the newest with %s", version, describe(tags)),
	}
}

func fromStage(name v1alpha1.StageName, stages []v1alpha1.Stage, model *entities.RegisteredModel) Resolution {
	for i := range stages {
		if stages[i].Name == name {
			return held(model, stages[i].EffectiveAlias(), "stage "+string(name))
		}
	}
	return Resolution{
		StageNotFound: true,
		Message:       fmt.Sprintf("versionFrom names the stage %s, which the model does not have", name),
	}
}

func held(model *entities.RegisteredModel, alias, place string) Resolution {
	version := model.Aliases[alias]
	if version == "" {
		return Resolution{Message: fmt.Sprintf("no version holds %s", place)}
	}
	return Resolution{Version: version, Message: fmt.Sprintf("version %s holds %s", version, place)}
}

func carries(version *entities.ModelVersion, tags map[string]v1alpha1.TagValue) bool {
	for key, value := range tags {
		if live, there := version.Tags[key]; !there || live != string(value) {
			return false
		}
	}
	return true
}

// describe names tags in a fixed order.
func describe(tags map[string]v1alpha1.TagValue) string {
	words := make([]string, 0, len(tags))
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		words = append(words, fmt.Sprintf("%s=%s", key, tags[key]))
	}
	return "tag " + strings.Join(words, ", ")
}
