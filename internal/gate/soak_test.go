// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// noon is the time of the request.
var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

func beforeNoon(d time.Duration) time.Time { return noon.Add(-d) }

// TestSoak requires a day in staging, and in canary if the row has it.
func TestSoak(t *testing.T) {
	const (
		gone = "Failed PrerequisiteStageMissing: version 4 has not held staging for 24h without a break, and no longer holds it: " +
			"promote it there again"
		enough  = "Passed: version 4 has held staging for at least 24h without a break"
		waiting = "Pending Soaking: version 4 has held staging since 2026-05-03T09:00:00Z, and must hold it for 24h without a break: " +
			"until 2026-05-04T09:00:00Z"
	)
	staging := func(tenures ...Tenure) map[v1alpha1.StageName][]Tenure {
		return map[v1alpha1.StageName][]Tenure{"staging": tenures}
	}
	both := func(inStaging, inCanary Tenure) map[v1alpha1.StageName][]Tenure {
		return map[v1alpha1.StageName][]Tenure{"staging": {inStaging}, "canary": {inCanary}}
	}
	tests := map[string]struct {
		tenures      map[v1alpha1.StageName][]Tenure
		promotesFrom []v1alpha1.StageName
		returns      string
		want         string
		wantObserved string
		wantUntil    time.Time
	}{
		"no history at all": {want: gone},
		"a current tenure, too short": {
			tenures: staging(Tenure{Since: beforeNoon(3 * time.Hour)}), want: waiting,
			wantObserved: "staging since 2026-05-03T09:00:00Z", wantUntil: noon.Add(21 * time.Hour),
		},
		"a current tenure, to the second long enough": {
			tenures: staging(Tenure{Since: beforeNoon(24 * time.Hour)}), want: enough, wantObserved: "staging since 2026-05-02T12:00:00Z",
		},
		"a current tenure, too short by a nanosecond": {
			tenures: staging(Tenure{Since: beforeNoon(24*time.Hour - 1)}), wantObserved: "staging since 2026-05-02T12:00:00Z",
			want: "Pending Soaking: version 4 has held staging since 2026-05-02T12:00:00Z, and must hold it for 24h without a break: " +
				"until 2026-05-03T12:00:00Z", wantUntil: noon.Add(1),
		},
		"an ended tenure, long enough": {
			tenures: staging(Tenure{Since: beforeNoon(48 * time.Hour), Until: beforeNoon(24 * time.Hour)}), want: enough,
			wantObserved: "staging from 2026-05-01T12:00:00Z to 2026-05-02T12:00:00Z",
		},
		"an ended tenure, too short": {
			tenures: staging(Tenure{Since: beforeNoon(48 * time.Hour), Until: beforeNoon(25 * time.Hour)}), want: gone,
		},
		"two tenures, one of them long enough": {
			tenures: staging(Tenure{Since: beforeNoon(3 * time.Hour)}, Tenure{Since: beforeNoon(30 * time.Hour), Until: beforeNoon(4 * time.Hour)}),
			want:    enough, wantObserved: "staging from 2026-05-02T06:00:00Z to 2026-05-03T08:00:00Z",
		},
		"two tenures, neither long enough": {
			tenures: staging(Tenure{Since: beforeNoon(3 * time.Hour)}, Tenure{Since: beforeNoon(26 * time.Hour), Until: beforeNoon(4 * time.Hour)}),
			want:    waiting, wantObserved: "staging since 2026-05-03T09:00:00Z", wantUntil: noon.Add(21 * time.Hour),
		},
		"a tenure with an unknown start": {
			tenures: staging(Tenure{}),
			want:    "Pending Soaking: version 4 holds staging, but its start time is unknown: resume the ModelPromotion for staging",
		},
		"a tenure whose start one of two promotions observed": {
			tenures: staging(Tenure{}, Tenure{Since: beforeNoon(3 * time.Hour)}), want: waiting,
			wantObserved: "staging since 2026-05-03T09:00:00Z", wantUntil: noon.Add(21 * time.Hour),
		},
		"several stages: the last one decides when": {
			promotesFrom: []v1alpha1.StageName{"staging", "canary"},
			tenures:      both(Tenure{Since: beforeNoon(3 * time.Hour)}, Tenure{Since: beforeNoon(time.Hour)}),
			want: "Pending Soaking: version 4 has held canary since 2026-05-03T11:00:00Z, and must hold it for 24h without a break: " +
				"until 2026-05-04T11:00:00Z; version 4 has held staging since 2026-05-03T09:00:00Z, and must hold it for 24h " +
				"without a break: until 2026-05-04T09:00:00Z",
			wantObserved: "canary since 2026-05-03T11:00:00Z, staging since 2026-05-03T09:00:00Z", wantUntil: noon.Add(23 * time.Hour),
		},
		"several stages, one with an unknown start": {
			promotesFrom: []v1alpha1.StageName{"staging", "canary"},
			tenures:      map[v1alpha1.StageName][]Tenure{"staging": {{Since: beforeNoon(3 * time.Hour)}}, "canary": {{}}},
			want: "Pending Soaking: version 4 holds canary, but its start time is unknown: resume the ModelPromotion for canary; " +
				waiting[len("Pending Soaking: "):],
			wantObserved: "staging since 2026-05-03T09:00:00Z",
		},
		"several stages, one no longer held": {
			promotesFrom: []v1alpha1.StageName{"staging", "canary"},
			tenures:      map[v1alpha1.StageName][]Tenure{"canary": {{Since: beforeNoon(time.Hour)}}}, want: gone,
			wantObserved: "canary since 2026-05-03T11:00:00Z",
		},
		"several stages, each for long enough": {
			promotesFrom: []v1alpha1.StageName{"staging", "canary"},
			tenures:      both(Tenure{Since: beforeNoon(25 * time.Hour)}, Tenure{Since: beforeNoon(24 * time.Hour)}),
			want: "Passed: version 4 has held canary for at least 24h without a break; " +
				"version 4 has held staging for at least 24h without a break",
			wantObserved: "canary since 2026-05-02T12:00:00Z, staging since 2026-05-02T11:00:00Z",
		},
		"a version that returns to the stage": {
			returns: "version 4 has held stage production before with every gate passed",
			want: "Failed: version 4 has not held staging for 24h without a break, and no longer holds it: promote it there again; " +
				"exempt: version 4 has held stage production before with every gate passed, so it need not soak again",
		},
		"a version that returns to the stage while it soaks": {
			returns: "version 4 has held stage production before with every gate passed",
			tenures: staging(Tenure{Since: beforeNoon(3 * time.Hour)}),
			want: "Pending: " + waiting[len("Pending Soaking: "):] +
				"; exempt: version 4 has held stage production before with every gate passed, so it need not soak again",
			wantObserved: "staging since 2026-05-03T09:00:00Z",
		},
		"a version that returns to the stage, and has soaked": {
			returns: "version 4 has held stage production before with every gate passed",
			tenures: staging(Tenure{Since: beforeNoon(26 * time.Hour)}), want: enough,
			wantObserved: "staging since 2026-05-02T10:00:00Z",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := fixture{}
			f.addRunVersion("4", runA)
			request := newRequest()
			request.BaselineVersion, request.RequiredSoakTime, request.Now = "", "24h", noon
			request.PromotesFrom, request.StageTenures, request.PriorTenureReason = test.promotesFrom, test.tenures, test.returns
			if test.promotesFrom == nil {
				request.PromotesFrom = []v1alpha1.StageName{"staging"}
			}
			request.PromotedStages = map[v1alpha1.StageName]bool{"staging": true, "canary": true}
			result := f.evaluate(t, request)
			got := result.Gates[2]
			want := []string{"required-soak-time", test.want, test.wantObserved}
			if diff := cmp.Diff(want, []string{got.Name, formatGate(got), got.Observed}); diff != "" {
				t.Error(diff)
			}
			if !result.BlockedUntil().Equal(test.wantUntil) || result.IsOnlySoaking() != !test.wantUntil.IsZero() {
				t.Errorf("blocked until %v, only soaking: %t; want %v", result.BlockedUntil(), result.IsOnlySoaking(), test.wantUntil)
			}
		})
	}
}

// TestSoakBesideOtherGates: a version that fails another gate is not only soaking.
func TestSoakBesideOtherGates(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA)
	request := newRequest(newAccuracyGate("GreaterThan", "0.92"))
	request.BaselineVersion, request.RequiredSoakTime, request.Now, request.PromotesFrom = "", "24h", noon, []v1alpha1.StageName{"staging"}
	request.PromotedStages = map[v1alpha1.StageName]bool{"staging": true}
	request.StageTenures = map[v1alpha1.StageName][]Tenure{"staging": {{Since: noon}}}
	result := f.evaluate(t, request)
	if result.IsOnlySoaking() || !result.BlockedUntil().Equal(noon.Add(24*time.Hour)) {
		t.Errorf("only soaking: %t, until %v", result.IsOnlySoaking(), result.BlockedUntil())
	}
	if got := result.DecidingGate().Name; got != "accuracy" {
		t.Errorf("%s decides", got)
	}
}

// TestInvalidSoakTime: a text that is not a duration requires the longest soak.
func TestInvalidSoakTime(t *testing.T) {
	request := Request{RequiredSoakTime: "a day"}
	if got := request.soakTimeOrMax(); got != maxSoakTime {
		t.Errorf("it soaks for %v", got)
	}
}
