// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// The legacy stages of MLflow, in its own spelling.
const (
	StageNone       = "None"
	StageStaging    = "Staging"
	StageProduction = "Production"
	StageArchived   = "Archived"
)

// loggedModelSource is the source of a version that was registered from a logged model.
var loggedModelSource = regexp.MustCompile(`^models:/(m-[A-Za-z0-9-]{1,62})$`)

// What MLflow says of a version.
const (
	// StatusReady is the status of a version that can be used.
	StatusReady = "READY"
	// StatusPending is the status of one that is still being registered.
	StatusPending = "PENDING_REGISTRATION"
	// StatusFailed is the status of one that never will be.
	StatusFailed = "FAILED_REGISTRATION"
)

// ModelVersion is one version of a registered model.
type ModelVersion struct {
	Name string
	// Version is a number, but a string on the wire and so here.
	Version string
	// CreationTimestamp tells two artifacts of one number apart after the model was
	// deleted and created again.
	CreationTimestamp Timestamp
	// LastUpdatedTimestamp moves when the version changes its stage or its description,
	// and not when a tag or an alias is written.
	LastUpdatedTimestamp Timestamp
	CurrentStage         string
	// Description is empty when MLflow has none.
	Description string
	// Source is the URI that the version was registered from. For a bucket URI the
	// server accepts any RunID with it: it is a claim, not a proof.
	Source string
	// RunID is empty when the version names no run.
	RunID string
	// Status is READY, PENDING_REGISTRATION or FAILED_REGISTRATION.
	Status        string
	StatusMessage string
	// Tags is never nil after decoding.
	Tags map[string]string
	// Aliases are filled by a get of one version only, never by a list.
	Aliases []string
}

// Number is the version as a number; 0 when it is none, which sorts before all.
func (v *ModelVersion) Number() int64 {
	n, err := strconv.ParseInt(v.Version, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// LoggedModelID is the logged model that the version was registered from, as its
// source says; empty when it was registered from something else.
func (v *ModelVersion) LoggedModelID() string {
	match := loggedModelSource.FindStringSubmatch(v.Source)
	if match == nil {
		return ""
	}
	return match[1]
}

// UnmarshalJSON decodes the wire form, in which tags are a list.
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

// ParseCopiedModel is the registered model a version of which a source names, in whatever form
// MLflow takes: by number, alias, stage or as the latest; false for other sources, among
// them those that name a logged model. It is there to refuse, and so takes for a name also
// what proves nothing by it.
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

// pathWithoutAuthority is the path of a URI without its scheme: MLflow passes over what stands
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
