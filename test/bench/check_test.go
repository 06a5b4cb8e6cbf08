// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
)

func TestCheckConverged(t *testing.T) {
	whole := func() mlflowModel {
		return mlflowModel{
			Name: "m", Tags: []tagOrAlias{{Key: managedByTag, Value: "owner"}}, Aliases: []tagOrAlias{{Alias: champion, Version: candidate}},
			LatestVersions: []mlflowVersion{{Version: candidate, Tags: []tagOrAlias{{Key: evidenceTag, Value: "{}"}}}},
		}
	}
	for name, test := range map[string]struct {
		edit func(*mlflowModel)
		want string
	}{
		"as expected":              {func(*mlflowModel) {}, ""},
		"no alias":                 {func(m *mlflowModel) { m.Aliases = nil }, `m: alias champion points to version "", not to 10`},
		"alias on another version": {func(m *mlflowModel) { m.Aliases[0].Version = "9" }, `m: alias champion points to version "9", not to 10`},
		"no owner tag":             {func(m *mlflowModel) { m.Tags = nil }, "m: no owner tag"},
		"no evidence":              {func(m *mlflowModel) { m.LatestVersions[0].Tags = nil }, "m: no evidence on version 10"},
		"another latest version":   {func(m *mlflowModel) { m.LatestVersions[0].Version = "11" }, "m: no evidence on version 10"},
		"a latest version per stage": {func(m *mlflowModel) {
			m.LatestVersions = append(m.LatestVersions, mlflowVersion{})
		}, "m: no evidence on version 10"},
		"no version": {func(m *mlflowModel) { m.LatestVersions = nil }, "m: no evidence on version 10"},
	} {
		t.Run(name, func(t *testing.T) {
			m := whole()
			test.edit(&m)
			err := m.checkConverged()
			if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
