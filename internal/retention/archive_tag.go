// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	"encoding/json"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// ArchiveTag is the value of the tag that an archived version carries: who archived it, why, and
// when. An auditor reads it without access to the cluster.
func ArchiveTag(d Decision, policy v1alpha1.Retention, by string, at time.Time) string {
	content, err := json.Marshal(struct {
		By         string    `json:"by"`
		Reason     string    `json:"reason"`
		KeepLatest int32     `json:"keepLatest"`
		Time       time.Time `json:"time"`
	}{by, d.Reason, policy.KeepLatest, at.UTC().Truncate(time.Second)})
	if err != nil {
		panic(err) // texts, a number and a time of this age
	}
	return string(content)
}
