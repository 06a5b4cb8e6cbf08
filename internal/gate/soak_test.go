// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// noon is when version 4 wants to take production.
var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

// ago is a time before noon.
func ago(d time.Duration) time.Time { return noon.Add(-d) }

// TestSoak demands a day in staging of version 4, and in canary where the row has it.
func TestSoak(t *testing.T) {
	const (
		gone    = "Failed OutOfOrder: version 4 has not held staging for 24h without a break, and holds it no more: promote it there again"
		enough  = "Passed: version 4 has held staging for at least 24h without a break"
		waiting = "Pending Soaking: version 4 has held staging since 2026-05-03T09:00:00Z, and must hold it for 24h without a break: " +
			"until 2026-05-04T09:00:00Z"
	)
	staging := func(stays ...Stay) map[v1alpha1.StageName][]Stay {
		return map[v1alpha1.StageName][]Stay{"staging": stays}
	}
	tests := map[string]struct {
		held         map[v1alpha1.StageName][]Stay
		from         []v1alpha1.StageName
		returns      string
		want         string
		wantObserved string
		wantOver     time.Time
	}{
		"no history at all": {want: gone},
		"a stay that goes on, too short": {
			held: staging(Stay{Since: ago(3 * time.Hour)}), want: waiting,
			wantObserved: "staging since 2026-05-03T09:00:00Z", wantOver: noon.Add(21 * time.Hour),
		},
		"a stay that goes on, to the second long enough": {
			held: staging(Stay{Since: ago(24 * time.Hour)}), want: enough, wantObserved: "staging since 2026-05-02T12:00:00Z",
		},
		"a stay that goes on, too short by a nanosecond": {
			held: staging(Stay{Since: ago(24*time.Hour - 1)}), wantObserved: "staging since 2026-05-02T12:00:00Z",
			want: "Pending Soaking: version 4 has held staging since 2026-05-02T12:00:00Z, and must hold it for 24h without a break: " +
				"until 2026-05-03T12:00:00Z", wantOver: noon.Add(1),
		},
		"a stay that is over, long enough": {
			held: staging(Stay{Since: ago(48 * time.Hour), Until: ago(24 * time.Hour)}), want: enough,
			wantObserved: "staging from 2026-05-01T12:00:00Z to 2026-05-02T12:00:00Z",
		},
		"a stay that is over, too short": {held: staging(Stay{Since: ago(48 * time.Hour), Until: ago(25 * time.Hour)}), want: gone},
		"two stays that are long enough together": {
			held: staging(Stay{Since: ago(3 * time.Hour)}, Stay{Since: ago(30 * time.Hour), Until: ago(4 * time.Hour)}),
			want: enough, wantObserved: "staging from 2026-05-02T06:00:00Z to 2026-05-03T08:00:00Z",
		},
		"two stays of which neither is long enough": {
			held: staging(Stay{Since: ago(3 * time.Hour)}, Stay{Since: ago(26 * time.Hour), Until: ago(4 * time.Hour)}),
			want: waiting, wantObserved: "staging since 2026-05-03T09:00:00Z", wantOver: noon.Add(21 * time.Hour),
		},
		"a stay of which nobody has seen the beginning": {
			held: staging(Stay{}),
			want: "Pending Soaking: version 4 holds staging, but nobody has seen since when: " +
				"the ModelPromotion of that stage has to look, and must not be suspended",
		},
		"a stay that one of two promotions has seen": {
			held: staging(Stay{}, Stay{Since: ago(3 * time.Hour)}), want: waiting,
			wantObserved: "staging since 2026-05-03T09:00:00Z", wantOver: noon.Add(21 * time.Hour),
		},
		"several stages: the last one decides when": {
			from: []v1alpha1.StageName{"staging", "canary"},
			held: map[v1alpha1.StageName][]Stay{"staging": {{Since: ago(3 * time.Hour)}}, "canary": {{Since: ago(time.Hour)}}},
			want: "Pending Soaking: version 4 has held canary since 2026-05-03T11:00:00Z, and must hold it for 24h without a break: " +
				"until 2026-05-04T11:00:00Z; version 4 has held staging since 2026-05-03T09:00:00Z, and must hold it for 24h " +
				"without a break: until 2026-05-04T09:00:00Z",
			wantObserved: "canary since 2026-05-03T11:00:00Z, staging since 2026-05-03T09:00:00Z", wantOver: noon.Add(23 * time.Hour),
		},
		"several stages, of one of which the time is not known": {
			from: []v1alpha1.StageName{"staging", "canary"},
			held: map[v1alpha1.StageName][]Stay{"staging": {{Since: ago(3 * time.Hour)}}, "canary": {{}}},
			want: "Pending Soaking: version 4 holds canary, but nobody has seen since when: " +
				"the ModelPromotion of that stage has to look, and must not be suspended; " + waiting[len("Pending Soaking: "):],
			wantObserved: "staging since 2026-05-03T09:00:00Z",
		},
		"several stages, one of which it holds no more": {
			from: []v1alpha1.StageName{"staging", "canary"},
			held: map[v1alpha1.StageName][]Stay{"canary": {{Since: ago(time.Hour)}}}, want: gone,
			wantObserved: "canary since 2026-05-03T11:00:00Z",
		},
		"several stages, in all of which it was long enough": {
			from: []v1alpha1.StageName{"staging", "canary"},
			held: map[v1alpha1.StageName][]Stay{"staging": {{Since: ago(25 * time.Hour)}}, "canary": {{Since: ago(24 * time.Hour)}}},
			want: "Passed: version 4 has held canary for at least 24h without a break; " +
				"version 4 has held staging for at least 24h without a break",
			wantObserved: "canary since 2026-05-02T12:00:00Z, staging since 2026-05-02T11:00:00Z",
		},
		"a version that returns to the stage": {
			returns: "version 4 has held stage production before with every gate passed",
			want:    "Passed: version 4 has held stage production before with every gate passed, so it need not soak again",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := world{}
			w.fromRun("4", runA)
			m := move()
			m.Replaces, m.MinSoak, m.Now = "", "24h", noon
			m.PromotesFrom, m.Held, m.Returns = test.from, test.held, test.returns
			if test.from == nil {
				m.PromotesFrom = []v1alpha1.StageName{"staging"}
			}
			m.PromotedIn = map[v1alpha1.StageName]bool{"staging": true, "canary": true}
			judgement := w.ask(t, m)
			got := judgement.Verdicts[2]
			if diff := cmp.Diff([]string{"min-soak", test.want, test.wantObserved}, []string{got.Name, said(got), got.Observed}); diff != "" {
				t.Error(diff)
			}
			if !judgement.BlockedUntil().Equal(test.wantOver) || judgement.WaitsForSoakAlone() != !test.wantOver.IsZero() {
				t.Errorf("blocked until %v, alone: %t; want %v", judgement.BlockedUntil(), judgement.WaitsForSoakAlone(), test.wantOver)
			}
		})
	}
}

// TestSoakAmongOthers: what else stands in the way is looked at as often as ever.
func TestSoakAmongOthers(t *testing.T) {
	w := world{}
	w.fromRun("4", runA)
	m := move(accuracy("GreaterThan", "0.92"))
	m.Replaces, m.MinSoak, m.Now, m.PromotesFrom = "", "24h", noon, []v1alpha1.StageName{"staging"}
	m.PromotedIn = map[v1alpha1.StageName]bool{"staging": true}
	m.Held = map[v1alpha1.StageName][]Stay{"staging": {{Since: noon}}}
	judgement := w.ask(t, m)
	if judgement.WaitsForSoakAlone() || !judgement.BlockedUntil().Equal(noon.Add(24*time.Hour)) {
		t.Errorf("alone: %t, until %v", judgement.WaitsForSoakAlone(), judgement.BlockedUntil())
	}
	if got := judgement.Worst().Name; got != "accuracy" {
		t.Errorf("%s decides", got)
	}
}

// TestSoakOfNoDuration: what is no duration is the longest one, not none.
func TestSoakOfNoDuration(t *testing.T) {
	m := Move{MinSoak: "a day"}
	if got := m.least(); got != longestSoak {
		t.Errorf("it soaks for %v", got)
	}
}
