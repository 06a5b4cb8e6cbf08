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

// Digest is the same as long as nothing can be due that was not due when it was taken: the
// versions need not be listed again. The time of the model's last update moves with every
// version that comes, goes, or changes its legacy stage.
func (s State) Digest() string {
	content, err := json.Marshal(struct {
		Policy           v1alpha1.Retention
		Observed         bool
		Created, Updated entities.Timestamp
		Newest           string
		Needed           []string
	}{s.Policy, s.ReadOnly, s.Model.CreationTimestamp, s.Model.LastUpdatedTimestamp, s.newestVersion(), s.listNeeded()})
	if err != nil {
		panic(err) // texts and numbers
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:digestSize])
}

// digestSize is enough to tell the situations of one model apart.
const digestSize = 16

func (s State) newestVersion() string {
	if newest := s.Model.NewestVersion(); newest != nil {
		return newest.Version + newest.Status
	}
	return ""
}

// listNeeded are the versions that an alias or something in the cluster keeps, but for those
// that are among the newest whatever else there is: no more than keepLatest numbers are as
// high.
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
