// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// drawState draws a model with some history, and its versions in any order.
func drawState(t *rapid.T) (State, []*entities.ModelVersion) {
	count := rapid.IntRange(0, 40).Draw(t, "versions")
	s := State{
		Policy: v1alpha1.Retention{
			KeepLatest: int32(rapid.IntRange(1, 12).Draw(t, "keepLatest")),
			Action:     rapid.SampledFrom([]v1alpha1.RetentionAction{"Archive", "Delete"}).Draw(t, "action"),
			KeepTags:   []v1alpha1.TagKey{"keep"},
		},
		Model:     &entities.RegisteredModel{Name: "sentiment", Aliases: map[string]string{}},
		Protected: ProtectedVersions{},
	}
	var versions []*entities.ModelVersion
	for n := 1; n <= count; n++ {
		if rapid.IntRange(0, 9).Draw(t, "deleted") == 0 {
			continue
		}
		v := newVersion(n, inStage(rapid.SampledFrom([]string{"None", "None", "Staging", "Production", "Archived"}).Draw(t, "stage")),
			withStatus(rapid.SampledFrom([]string{"READY", "READY", "READY", "PENDING_REGISTRATION"}).Draw(t, "status")))
		switch rapid.IntRange(0, 9).Draw(t, "needed") {
		case 0:
			s.Model.Aliases["alias-"+v.Version] = v.Version
		case 1:
			s.Protected[v.Version] = "ModelPromotion a requests it"
		case 2:
			v.Tags["keep"] = "x"
		}
		versions = append(versions, v)
	}
	return s, rapid.Permutation(versions).Draw(t, "order")
}

// TestProtectedVersionsAreKept checks the plan against the rules of the API's comments, and
// executes it: after that, nothing is pending.
func TestProtectedVersionsAreKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, versions := drawState(t)
		plan := NewPlan(s, versions)
		if len(plan.Decisions) != len(versions) {
			t.Fatalf("%d decisions about %d versions", len(plan.Decisions), len(versions))
		}
		for _, d := range plan.Pending() {
			v := d.Version
			newer := 0
			for _, other := range versions {
				a, _ := strconv.Atoi(other.Version)
				b, _ := strconv.Atoi(v.Version)
				if a > b {
					newer++
				}
			}
			_, tagged := v.Tags["keep"]
			if newer < int(s.Policy.KeepLatest) || tagged || len(s.Model.AliasesOf(v.Version)) > 0 || s.Protected[v.Version] != "" ||
				v.CurrentStage == "Production" || v.Status != "READY" {
				t.Fatalf("version %s is pending: %+v", v.Version, v)
			}
		}
		if again := NewPlan(s, executePlan(plan, versions)).Pending(); len(again) > 0 {
			t.Fatalf("after the plan was executed, version %s is pending: %s", again[0].Version.Version, again[0].Action)
		}
	})
}

// executePlan archives and deletes as MLflow does, and returns the remaining versions.
func executePlan(plan Plan, versions []*entities.ModelVersion) []*entities.ModelVersion {
	remaining := slices.Clone(versions)
	for _, d := range plan.Pending() {
		if d.Action == ActionArchive {
			d.Version.CurrentStage = entities.StageArchived
			continue
		}
		remaining = slices.DeleteFunc(remaining, func(v *entities.ModelVersion) bool { return v == d.Version })
	}
	return remaining
}

// TestDigestChangesWithPending removes some of what protects versions. If that makes another
// version pending, the digest changes.
func TestDigestChangesWithPending(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, versions := drawState(t)
		newest := slices.MinFunc(append(versions, newVersion(0)), compareNewestFirst)
		s.Model.LatestVersions = []entities.ModelVersion{*newest}
		before, pending := s.Digest(), len(NewPlan(s, versions).Pending())
		for _, v := range versions {
			if rapid.Bool().Draw(t, "freed") {
				delete(s.Model.Aliases, "alias-"+v.Version)
				delete(s.Protected, v.Version)
			}
		}
		if now := len(NewPlan(s, versions).Pending()); now != pending && s.Digest() == before {
			t.Fatalf("%d versions are pending, before %d, and the digest is the same", now, pending)
		}
	})
}
