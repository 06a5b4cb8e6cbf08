// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// The legacy stages, as MLflow spells them.
const (
	StageNone       = "None"
	StageStaging    = "Staging"
	StageProduction = "Production"
	StageArchived   = "Archived"
)

// loggedModelSource matches the source of a version that was registered from a logged model.
var loggedModelSource = regexp.MustCompile(`^models:/(m-[A-Za-z0-9-]{1,62})$`)

// The statuses of a version.
const (
	// StatusReady means that the version can be used.
	StatusReady = "READY"
	// StatusPending means that the registration is in progress.
	StatusPending = "PENDING_REGISTRATION"
	// StatusFailed means that the registration failed for good.
	StatusFailed = "FAILED_REGISTRATION"
)

// ModelVersion is one version of a registered model.
type ModelVersion struct {
	Name string
	// Version is a number, as a string like in MLflow's JSON.
	Version string
	// CreationTimestamp distinguishes two versions with the same number after the model was
	// deleted and created again.
	CreationTimestamp Timestamp
	// LastUpdatedTimestamp changes with the stage and the description. Tags and aliases do not
	// change it.
	LastUpdatedTimestamp Timestamp
	// CurrentStage is the legacy stage.
	CurrentStage string
	// Description is empty if the version has none.
	Description string
	// Source is the URI that the version was registered from. With a bucket URI the server
	// accepts any RunID, so that the RunID proves nothing.
	Source string
	// RunID is empty if the version names no run.
	RunID string
	// Status is READY, PENDING_REGISTRATION or FAILED_REGISTRATION.
	Status string
	// StatusMessage explains a failed registration.
	StatusMessage string
	// Tags is never nil after decoding.
	Tags map[string]string
	// Aliases are set by a get of the version, never by a list.
	Aliases []string
}

// Number returns the version as a number; 0, which sorts first, if it is not a number.
func (v *ModelVersion) Number() int64 {
	n, err := strconv.ParseInt(v.Version, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// LoggedModelID returns the logged model that the source names; empty if the source is another
// one.
func (v *ModelVersion) LoggedModelID() string {
	match := loggedModelSource.FindStringSubmatch(v.Source)
	if match == nil {
		return ""
	}
	return match[1]
}

// UnmarshalJSON decodes MLflow's JSON, in which tags are a list.
func (v *ModelVersion) UnmarshalJSON(data []byte) error {
	var wire struct {
		Name              string    `json:"name"`
		Version           string    `json:"version"`
		CreationTimestamp Timestamp `json:"creation_timestamp"`
		LastUpdated       Timestamp `json:"last_updated_timestamp"`
		CurrentStage      string    `json:"current_stage"`
		Description       string    `json:"description"`
		Source            string    `json:"source"`
		RunID             string    `json:"run_id"`
		Status            string    `json:"status"`
		StatusMessage     string    `json:"status_message"`
		Tags              tagList   `json:"tags"`
		Aliases           []string  `json:"aliases"`
	}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	*v = ModelVersion{
		Name:                 wire.Name,
		Version:              wire.Version,
		CreationTimestamp:    wire.CreationTimestamp,
		LastUpdatedTimestamp: wire.LastUpdated,
		CurrentStage:         wire.CurrentStage,
		Description:          wire.Description,
		Source:               wire.Source,
		RunID:                wire.RunID,
		Status:               wire.Status,
		StatusMessage:        wire.StatusMessage,
		Tags:                 wire.Tags.toMap(),
		Aliases:              wire.Aliases,
	}
	return nil
}

// ParseCopiedModel returns the registered model in a source that names one of its versions, in
// any form that MLflow accepts: by number, alias, stage or as the latest. It reports false for
// other sources, such as a logged model. Callers reject what it finds, so it errs towards a
// name: it also returns one that MLflow would not resolve.
func ParseCopiedModel(source string) (string, bool) {
	path, named := strings.CutPrefix(source, "models:")
	if !named {
		return "", false
	}
	path, _, _ = strings.Cut(strings.TrimLeft(pathWithoutAuthority(path), "/"), "?")
	if name, _, numbered := strings.Cut(path, "/"); numbered {
		return name, true
	}
	at := strings.LastIndex(path, "@")
	if at < 0 {
		return "", false
	}
	return path[:at], true
}

// pathWithoutAuthority returns the path of a URI whose scheme was cut off: MLflow ignores the text
// between // and the next slash.
func pathWithoutAuthority(path string) string {
	authority, found := strings.CutPrefix(path, "//")
	if !found {
		return path
	}
	end := strings.IndexAny(authority, "/?#")
	if end < 0 {
		return ""
	}
	return authority[end:]
}
