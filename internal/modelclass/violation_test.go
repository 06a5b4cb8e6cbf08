// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"fmt"
	"testing"
)

func TestDescribeViolations(t *testing.T) {
	few := []Violation{{"owner", "required"}, {"tags.team", `"a" is wrong`}}
	if got, want := DescribeViolations(few), `owner: required; tags.team: "a" is wrong`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	var many []Violation
	for i := range 100 {
		many = append(many, newViolation(fmt.Sprintf("tags.t%02d", i), "required by class standard"))
	}
	got := DescribeViolations(many)
	if want := "tags.t17: required by class standard; and 82 more"; len(got) > maxDescriptionLength+20 || got[len(got)-len(want):] != want {
		t.Errorf("%d bytes, %q, want …%q", len(got), got, want)
	}
	if again := DescribeViolations(many); again != got {
		t.Error("the same violations give another text")
	}
}

func TestJoinAlternatives(t *testing.T) {
	long := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}
	for want, values := range map[string][]string{
		"a": long[:1], "a or b": long[:2], "a, b, c, d, e, f, g or h": long[:8],
		"a, b, c, d, e, f, g, h or one of 2 others": long,
	} {
		if got := joinAlternatives(values); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
