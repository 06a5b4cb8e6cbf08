// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import "time"

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
