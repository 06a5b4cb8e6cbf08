// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import (
	"encoding/json"
	"slices"
	"time"
)

// promptTag marks a registered model that is a prompt. MLflow hides prompts from searches, but
// gets and writes of aliases treat them as models.
const promptTag = "mlflow.prompt.is_prompt"

// RegisteredModel is one registered model as lists show it.
type RegisteredModel struct {
	Name string
	// CreationTimestamp distinguishes a model from a deleted one with the same name. The
	// numbers of the new one's versions start at 1.
	CreationTimestamp Timestamp
	// LastUpdatedTimestamp changes when a version is created, deleted or changes its stage,
	// and when the description changes. Tags and aliases do not change it.
	LastUpdatedTimestamp Timestamp
	// Description is empty if the model has none.
	Description string
	// LatestVersions are the highest version of each legacy stage, in no order, with tags and
	// without aliases. The highest of them is the newest version of the model.
	LatestVersions []ModelVersion
	// Tags is never nil after decoding.
	Tags map[string]string
	// Aliases maps an alias to the version that it points to, which may be a deleted one
	// before MLflow 3.17. It is never nil after decoding.
	Aliases map[string]string
}

// IsPrompt reports whether the model is a prompt.
func (m *RegisteredModel) IsPrompt() bool {
	return m.Tags[promptTag] == "true"
}

// AliasesOf returns the aliases that point to a version, sorted.
func (m *RegisteredModel) AliasesOf(version string) []string {
	var aliases []string
	for alias, target := range m.Aliases {
		if target == version {
			aliases = append(aliases, alias)
		}
	}
	slices.Sort(aliases)
	return aliases
}

// NewestVersion returns the version with the highest number; nil if the model has no version.
func (m *RegisteredModel) NewestVersion() *ModelVersion {
	var newest *ModelVersion
	for i := range m.LatestVersions {
		if newest == nil || newest.Number() < m.LatestVersions[i].Number() {
			newest = &m.LatestVersions[i]
		}
	}
	return newest
}

// ListedVersion returns the version with that number, without its aliases. It returns nil if the
// version is not the highest of its legacy stage, because lists do not show it then.
func (m *RegisteredModel) ListedVersion(number string) *ModelVersion {
	for i := range m.LatestVersions {
		if m.LatestVersions[i].Version == number {
			return &m.LatestVersions[i]
		}
	}
	return nil
}

// LatestInStage returns the highest version in a legacy stage; nil if the stage is empty.
func (m *RegisteredModel) LatestInStage(stage string) *ModelVersion {
	for i := range m.LatestVersions {
		if m.LatestVersions[i].CurrentStage == stage {
			return &m.LatestVersions[i]
		}
	}
	return nil
}

// UnmarshalJSON decodes MLflow's JSON, in which tags and aliases are lists.
func (m *RegisteredModel) UnmarshalJSON(data []byte) error {
	var wire struct {
		Name                 string         `json:"name"`
		CreationTimestamp    Timestamp      `json:"creation_timestamp"`
		LastUpdatedTimestamp Timestamp      `json:"last_updated_timestamp"`
		Description          string         `json:"description"`
		LatestVersions       []ModelVersion `json:"latest_versions"`
		Tags                 tagList        `json:"tags"`
		Aliases              []struct {
			Alias   string `json:"alias"`
			Version string `json:"version"`
		} `json:"aliases"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	aliases := make(map[string]string, len(wire.Aliases))
	for _, a := range wire.Aliases {
		aliases[a.Alias] = a.Version
	}
	*m = RegisteredModel{
		Name:                 wire.Name,
		CreationTimestamp:    wire.CreationTimestamp,
		LastUpdatedTimestamp: wire.LastUpdatedTimestamp,
		Description:          wire.Description,
		LatestVersions:       wire.LatestVersions,
		Tags:                 wire.Tags.toMap(),
		Aliases:              aliases,
	}
	return nil
}

// Timestamp is a time in milliseconds since the epoch, as MLflow encodes it.
type Timestamp int64

// Time returns the timestamp in UTC.
func (t Timestamp) Time() time.Time {
	return time.UnixMilli(int64(t)).UTC()
}

// tagList is the tags of a model, a version or a run in MLflow's JSON.
type tagList []struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (l tagList) toMap() map[string]string {
	tags := make(map[string]string, len(l))
	for _, t := range l {
		tags[t.Key] = t.Value
	}
	return tags
}
