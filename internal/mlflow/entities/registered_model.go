// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import (
	"encoding/json"
	"slices"
	"time"
)

// promptTag marks a registered model that is a prompt. MLflow hides prompts from
// searches but answers gets and alias writes on them as if they were models.
const promptTag = "mlflow.prompt.is_prompt"

// RegisteredModel is one named model with everything that a list tells about it.
type RegisteredModel struct {
	Name string
	// CreationTimestamp tells two incarnations of one name apart: a model that is
	// deleted and created again starts again at version 1.
	CreationTimestamp Timestamp
	// LastUpdatedTimestamp moves when a version is created, deleted or changes its
	// stage, and when the description changes. It does not move with tags or aliases.
	LastUpdatedTimestamp Timestamp
	// Description is empty when MLflow has none.
	Description string
	// LatestVersions are the highest version of each legacy stage, in no order, with
	// tags but without aliases. The highest of them is the newest version of the model.
	LatestVersions []ModelVersion
	// Tags is never nil after decoding.
	Tags map[string]string
	// Aliases maps an alias to the version it points to. Before MLflow 3.17 it may
	// point to a version that was deleted. It is never nil after decoding.
	Aliases map[string]string
}

// IsPrompt tells whether the name belongs to a prompt, not to a model.
func (m *RegisteredModel) IsPrompt() bool {
	return m.Tags[promptTag] == "true"
}

// AliasesOf are the aliases that point to a version, sorted.
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

// NewestVersion is the version with the highest number, or nil when the model has none.
func (m *RegisteredModel) NewestVersion() *ModelVersion {
	var newest *ModelVersion
	for i := range m.LatestVersions {
		if newest == nil || newest.Number() < m.LatestVersions[i].Number() {
			newest = &m.LatestVersions[i]
		}
	}
	return newest
}

// ListedVersion is the version of that number as the model shows it: without its aliases, and only
// where it is the highest of its legacy stage; nil where it is not.
func (m *RegisteredModel) ListedVersion(number string) *ModelVersion {
	for i := range m.LatestVersions {
		if m.LatestVersions[i].Version == number {
			return &m.LatestVersions[i]
		}
	}
	return nil
}

// LatestInStage is the highest version in a legacy stage, or nil when none is in it.
func (m *RegisteredModel) LatestInStage(stage string) *ModelVersion {
	for i := range m.LatestVersions {
		if m.LatestVersions[i].CurrentStage == stage {
			return &m.LatestVersions[i]
		}
	}
	return nil
}

// UnmarshalJSON decodes the wire form, in which tags and aliases are lists.
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

// Timestamp is a point in time as MLflow writes it: milliseconds since the epoch.
type Timestamp int64

// Time is the timestamp in UTC.
func (t Timestamp) Time() time.Time {
	return time.UnixMilli(int64(t)).UTC()
}

// tagList is the wire form of tags, of models, versions and runs alike.
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
