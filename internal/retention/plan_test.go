// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// newVersion returns a READY version in no stage, with changes.
func newVersion(number int, changes ...func(*entities.ModelVersion)) *entities.ModelVersion {
	v := &entities.ModelVersion{
		Name: "sentiment", Version: strconv.Itoa(number), CurrentStage: entities.StageNone, Status: entities.StatusReady,
		Tags: map[string]string{},
	}
	for _, change := range changes {
		change(v)
	}
	return v
}

func inStage(stage string) func(*entities.ModelVersion) {
	return func(v *entities.ModelVersion) { v.CurrentStage = stage }
}

func withStatus(status string) func(*entities.ModelVersion) {
	return func(v *entities.ModelVersion) { v.Status = status }
}

func withTag(key string) func(*entities.ModelVersion) {
	return func(v *entities.ModelVersion) { v.Tags[key] = "" }
}

// newVersions returns unchanged versions, numbered from 1.
func newVersions(count int) []*entities.ModelVersion {
	var versions []*entities.ModelVersion
	for n := range count {
		versions = append(versions, newVersion(n+1))
	}
	return versions
}

func newModel(aliases map[string]string) *entities.RegisteredModel {
	return &entities.RegisteredModel{Name: "sentiment", Aliases: aliases}
}

// newComparisonGate returns a gate that compares with one version.
func newComparisonGate(version v1alpha1.Version) v1alpha1.Gate {
	g := builder.ComparisonGate("f1", v1alpha1.HigherIsBetter)
	g.Comparison.Baseline = &v1alpha1.Baseline{Version: version}
	return g
}

// describePlan returns, by version, the reason of a decision to keep it, or else the action.
func describePlan(plan Plan) map[string]string {
	described := map[string]string{}
	for _, d := range plan.Decisions {
		described[d.Version.Version] = string(d.Action)
		if d.Action == ActionKeep {
			described[d.Version.Version] = d.Reason
		}
	}
	return described
}

// TestDecide decides about version 1 of six, with keepLatest 2.
func TestDecide(t *testing.T) {
	archive := v1alpha1.Retention{KeepLatest: 2, Action: v1alpha1.RetentionArchive, KeepTags: []v1alpha1.TagKey{"keep", "legal"}}
	remove := archive
	remove.Action = v1alpha1.RetentionDelete
	notKept := map[v1alpha1.RetentionAction]string{"Archive": "Archive", "Delete": "Delete"}
	for name, test := range map[string]struct {
		old          *entities.ModelVersion
		aliases      map[string]string
		protected    ProtectedVersions
		want         string
		wantByAction map[v1alpha1.RetentionAction]string
	}{
		"unprotected": {old: newVersion(1), wantByAction: notKept},
		"in staging":  {old: newVersion(1, inStage("Staging")), wantByAction: notKept},
		"failed":      {old: newVersion(1, withStatus("FAILED_REGISTRATION")), wantByAction: notKept},
		"archived": {
			old:          newVersion(1, inStage("Archived")),
			wantByAction: map[v1alpha1.RetentionAction]string{"Archive": "it is already archived", "Delete": "Delete"},
		},
		"with an alias": {old: newVersion(1), aliases: map[string]string{"shadow": "1"}, want: "alias shadow points to it"},
		"with an alias that only the version shows": {
			old: newVersion(1, func(v *entities.ModelVersion) { v.Aliases = []string{"late"} }), want: "alias late points to it",
		},
		"with another version's alias": {old: newVersion(1), aliases: map[string]string{"shadow": "11"}, wantByAction: notKept},
		"in production":                {old: newVersion(1, inStage("Production")), want: "it is in MLflow's stage Production"},
		"archived, with an alias": {
			old: newVersion(1, inStage("Archived")), aliases: map[string]string{"a": "1"}, want: "alias a points to it",
		},
		"that a promotion requests": {
			old: newVersion(1), protected: ProtectedVersions{"1": "ModelPromotion a requests it"}, want: "ModelPromotion a requests it",
		},
		"pending registration":   {old: newVersion(1, withStatus("PENDING_REGISTRATION")), want: "it is not READY yet"},
		"with an unknown status": {old: newVersion(1, withStatus("")), want: "it is not READY yet"},
		"with a tag of keepTags": {old: newVersion(1, withTag("legal")), want: "it has the tag legal"},
		"with another tag":       {old: newVersion(1, withTag("Keep")), wantByAction: notKept},
		"without a number": {
			old: newVersion(1, func(v *entities.ModelVersion) { v.Version = "one" }), want: "its number is not valid",
		},
	} {
		for _, policy := range []v1alpha1.Retention{archive, remove} {
			t.Run(name+", "+string(policy.Action), func(t *testing.T) {
				versions := append(newVersions(6)[1:], test.old)
				plan := NewPlan(State{Policy: policy, Model: newModel(test.aliases), Protected: test.protected}, versions)
				want := cmp.Or(test.want, test.wantByAction[policy.Action])
				if got := describePlan(plan)[test.old.Version]; got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				if got := plan.Decide(test.old); (got.Action == ActionKeep) != (want != "Archive" && want != "Delete") {
					t.Errorf("decided again: %+v", got)
				}
			})
		}
	}
}

func TestKeepLatestByNumber(t *testing.T) {
	for name, test := range map[string]struct {
		keep     int32
		versions []*entities.ModelVersion
		want     []string
	}{
		"not as strings, which sort 9 after 10": {
			keep: 2, versions: newVersions(11), want: []string{"1", "2", "3", "4", "5", "6", "7", "8", "9"},
		},
		"not by time": {
			keep: 1, versions: []*entities.ModelVersion{
				newVersion(2), newVersion(1, func(v *entities.ModelVersion) { v.CreationTimestamp, v.LastUpdatedTimestamp = 99, 99 }),
			}, want: []string{"1"},
		},
		"including archived ones": {
			keep: 2, versions: []*entities.ModelVersion{newVersion(3, inStage("Archived")), newVersion(2), newVersion(1)}, want: []string{"1"},
		},
		"with gaps": {
			keep: 2, versions: []*entities.ModelVersion{newVersion(40), newVersion(7), newVersion(3)}, want: []string{"3"},
		},
		"as many as are kept": {keep: 3, versions: newVersions(3)},
		"fewer than are kept": {keep: 1000, versions: newVersions(3)},
		"no versions":         {keep: 1},
	} {
		t.Run(name, func(t *testing.T) {
			plan := NewPlan(State{Policy: v1alpha1.Retention{KeepLatest: test.keep}, Model: newModel(nil)}, test.versions)
			var got []string
			for _, d := range plan.Pending() {
				got = append(got, d.Version.Version)
			}
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("pending (-want +got):\n%s", diff)
			}
		})
	}
}

// TestPlanOfManyVersions plans for a model as it is after two years: with aliases, legacy stages
// and a promotion with a history.
func TestPlanOfManyVersions(t *testing.T) {
	versions := newVersions(200)
	versions[9].CurrentStage = "Production"
	versions[19].CurrentStage = "Staging"
	versions[29].Status = "PENDING_REGISTRATION"
	versions[39].Tags["legal"] = "hold"
	for n := 100; n < 150; n++ {
		versions[n].CurrentStage = "Archived"
	}
	production := builder.Promotion("production").Version("180").Build()
	production.Status.Candidate = &v1alpha1.Candidate{Version: "185", BaselineVersion: "180"}
	production.Status.History = []v1alpha1.PromotionRecord{
		{Version: "180", PreviousVersion: "66", Reason: v1alpha1.PromotionReasonDriftReverted},
		{Version: "180", PreviousVersion: "120", Reason: v1alpha1.PromotionReasonPromoted},
		{Version: "120", PreviousVersion: "90", Reason: v1alpha1.PromotionReasonPromoted},
	}
	stages := []v1alpha1.Stage{builder.Stage("production").Gates(
		newComparisonGate("50")).Build()}

	plan := NewPlan(State{
		Policy:    v1alpha1.Retention{KeepLatest: 10, KeepTags: []v1alpha1.TagKey{"legal"}},
		Model:     newModel(map[string]string{"champion": "180", "shadow": "77"}),
		Protected: FindProtected(stages, []v1alpha1.ModelPromotion{*production}, nil),
	}, versions)

	want := map[string]string{
		"10": "it is in MLflow's stage Production", "30": "it is not READY yet", "40": "it has the tag legal",
		"50": "gate beats-f1 compares with it", "77": "alias shadow points to it", "180": "alias champion points to it",
		"185": "ModelPromotion production requests it",
		"66":  "the history of ModelPromotion production has it as the previous version",
		"120": "the history of ModelPromotion production has it as the previous version",
	}
	for n := 101; n <= 200; n++ {
		number := strconv.Itoa(n)
		switch {
		case n > 190:
			want[number] = "it is among the newest 10"
		case n <= 150 && n != 120:
			want[number] = "it is already archived"
		}
	}
	got := describePlan(plan)
	maps.DeleteFunc(got, func(_, decision string) bool { return decision == "Archive" })
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if pending := plan.Pending(); len(pending) != 200-len(want) || pending[0].Version.Version != "1" {
		t.Errorf("%d versions are pending, the first of them %s", len(pending), pending[0].Version.Version)
	}
}

func TestPendingReasons(t *testing.T) {
	plan := NewPlan(State{Policy: v1alpha1.Retention{KeepLatest: 2}, Model: newModel(nil)}, newVersions(3))
	if got, want := plan.Pending()[0].Reason, "it is not among the newest 2, and nothing else keeps it"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFindProtectedByPromotion(t *testing.T) {
	p := builder.Promotion("p").Version("1").Gates(newComparisonGate("2")).Build()
	p.Status = v1alpha1.ModelPromotionStatus{
		Candidate:         &v1alpha1.Candidate{Version: "3", BaselineVersion: "4"},
		PendingTransition: &v1alpha1.PromotionRecord{Version: "5", PreviousVersion: "6"},
		CurrentVersion:    "7", PreviousVersion: "8",
		History: []v1alpha1.PromotionRecord{{Version: "9", PreviousVersion: "10"}, {Version: "11", PreviousVersion: "12"}},
	}
	q := builder.Promotion("a").Build()
	q.Spec.Version, q.Spec.VersionFrom = "", &v1alpha1.VersionFrom{Alias: "champion"}
	q.Status.Candidate = &v1alpha1.Candidate{Version: "3"}
	got := FindProtected(nil, []v1alpha1.ModelPromotion{*p, *q}, nil)
	numbers := slices.Sorted(maps.Keys(got))
	if want := "1 10 2 3 4 5 6 7 8 9"; strings.Join(numbers, " ") != want {
		t.Errorf("protected are %v, want %s", numbers, want)
	}
	if want := "ModelPromotion a requests it"; got["3"] != want {
		t.Errorf("of two reasons %q is given, want the one of the first name: %q", got["3"], want)
	}
	if len(FindProtected(nil, nil, nil)) != 0 {
		t.Error("something is protected without promotions")
	}
}

// TestFindProtectedByModelVersion: a promotion protects the version of the ModelVersion that it
// names, as if it named the number.
func TestFindProtectedByModelVersion(t *testing.T) {
	registered := builder.ModelVersion("april").Build()
	registered.Status.Version = "8"
	elsewhere := registered.DeepCopy()
	elsewhere.Spec.ModelRef.Name = "other"
	protected := ProtectedVersions{"8": "ModelPromotion p requests it"}
	for name, test := range map[string]struct {
		promotion *builder.PromotionBuilder
		versions  []v1alpha1.ModelVersion
		want      ProtectedVersions
	}{
		"registered": {
			builder.Promotion("p").FromModelVersion("april"),
			[]v1alpha1.ModelVersion{*builder.ModelVersion("may").AdoptVersion("9").Build(), *registered}, protected,
		},
		"of a suspended promotion": {
			builder.Promotion("p").FromModelVersion("april").Suspend(), []v1alpha1.ModelVersion{*registered}, protected,
		},
		"not adopted yet": {
			builder.Promotion("p").FromModelVersion("april"),
			[]v1alpha1.ModelVersion{*builder.ModelVersion("april").AdoptVersion("8").Build()}, protected,
		},
		"not registered yet": {
			builder.Promotion("p").FromModelVersion("april"), []v1alpha1.ModelVersion{*builder.ModelVersion("april").Build()}, ProtectedVersions{},
		},
		"that does not exist": {builder.Promotion("p").FromModelVersion("april"), nil, ProtectedVersions{}},
		"of another model": {
			builder.Promotion("p").FromModelVersion("april"), []v1alpha1.ModelVersion{*elsewhere}, ProtectedVersions{},
		},
		"that no promotion names": {
			builder.Promotion("p").FromAlias("challenger"), []v1alpha1.ModelVersion{*registered}, ProtectedVersions{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := FindProtected(nil, []v1alpha1.ModelPromotion{*test.promotion.Build()}, test.versions)
			if diff := gocmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDigestOfModelVersion: the digest changes once a ModelVersion that a promotion names is
// registered.
func TestDigestOfModelVersion(t *testing.T) {
	version := builder.ModelVersion("april").Build()
	promotions := []v1alpha1.ModelPromotion{*builder.Promotion("p").FromModelVersion("april").Build()}
	live := newModel(nil)
	live.LatestVersions = []entities.ModelVersion{{Version: "9"}}
	digest := func() string {
		protected := FindProtected(nil, promotions, []v1alpha1.ModelVersion{*version})
		return State{Policy: v1alpha1.Retention{KeepLatest: 1}, Model: live, Protected: protected}.Digest()
	}
	before := digest()
	version.Status.Version = "1"
	if digest() == before {
		t.Error("a version became protected, and the digest is the same")
	}
}

func TestArchiveTag(t *testing.T) {
	d := Decision{Version: newVersion(7), Reason: "it is old"}
	got := ArchiveTag(d, v1alpha1.Retention{KeepLatest: 3}, "cluster/news/sentiment", noon.Add(999))
	want := `{"by":"cluster/news/sentiment","reason":"it is old","keepLatest":3,"time":"2026-05-03T12:00:00Z"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	d.Reason = fmt.Sprint(strings.Repeat("x", 3000))
	if long := ArchiveTag(d, v1alpha1.Retention{KeepLatest: 1000}, strings.Repeat("y", 600), noon); len(long) > 5000 {
		t.Errorf("%d characters, and MLflow 2.22 accepts 5000", len(long))
	}
}
