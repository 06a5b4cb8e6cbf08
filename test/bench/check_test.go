// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
)

func TestConverged(t *testing.T) {
	whole := func() mlflowModel {
		return mlflowModel{
			Name: "m", Tags: []pair{{Key: managedByTag, Value: "somebody"}}, Aliases: []pair{{Alias: champion, Version: candidate}},
			LatestVersions: []mlflowVersion{{Version: candidate, Tags: []pair{{Key: evidenceTag, Value: "{}"}}}},
		}
	}
	for name, test := range map[string]struct {
		edit func(*mlflowModel)
		want string
	}{
		"as it should be":    {func(*mlflowModel) {}, ""},
		"no alias":           {func(m *mlflowModel) { m.Aliases = nil }, `m: alias champion is at "", not at 10`},
		"an alias elsewhere": {func(m *mlflowModel) { m.Aliases[0].Version = "9" }, `m: alias champion is at "9", not at 10`},
		"nobody owns it":     {func(m *mlflowModel) { m.Tags = nil }, "m: no owner's tag"},
		"no evidence":        {func(m *mlflowModel) { m.LatestVersions[0].Tags = nil }, "m: no evidence on version 10"},
		"another newest one": {func(m *mlflowModel) { m.LatestVersions[0].Version = "11" }, "m: no evidence on version 10"},
		"versions in stages": {func(m *mlflowModel) {
			m.LatestVersions = append(m.LatestVersions, mlflowVersion{})
		}, "m: no evidence on version 10"},
		"no version whatsoever": {func(m *mlflowModel) { m.LatestVersions = nil }, "m: no evidence on version 10"},
	} {
		t.Run(name, func(t *testing.T) {
			m := whole()
			test.edit(&m)
			err := m.converged()
			if (err == nil) != (test.want == "") || err != nil && err.Error() != test.want {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
