// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Digest identifies what can make a version pending: as long as it is the same, the versions
// need not be listed again. It covers the time of the model's last update, which MLflow
// changes when a version is created, is deleted, or changes its legacy stage.
func (s State) Digest() string {
	content, err := json.Marshal(struct {
		Policy           v1alpha1.Retention
		ReadOnly         bool
		Created, Updated entities.Timestamp
		Newest           string
		Needed           []string
	}{s.Policy, s.ReadOnly, s.Model.CreationTimestamp, s.Model.LastUpdatedTimestamp, s.newestVersion(), s.listNeeded()})
	if err != nil {
		panic(err) // impossible: strings and numbers
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:digestSize])
}

// digestSize is enough to distinguish the states of one model.
const digestSize = 16

func (s State) newestVersion() string {
	if newest := s.Model.NewestVersion(); newest != nil {
		return newest.Version + newest.Status
	}
	return ""
}

// listNeeded lists the versions that an alias or an object in the cluster keeps, except those
// that are certainly among the newest: at most keepLatest numbers are that high.
func (s State) listNeeded() []string {
	versions := map[string]bool{}
	for version := range s.Protected {
		versions[version] = true
	}
	for _, version := range s.Model.Aliases {
		versions[version] = true
	}
	var newest int64
	if v := s.Model.NewestVersion(); v != nil {
		newest = v.Number()
	}
	maps.DeleteFunc(versions, func(version string, _ bool) bool {
		number, err := strconv.ParseInt(version, 10, 64)
		return err == nil && number > newest-int64(s.Policy.KeepLatest)
	})
	return slices.Sorted(maps.Keys(versions))
}
