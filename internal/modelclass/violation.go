// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// Violation is what is wrong with one field.
type Violation struct {
	// Field is the path of the field in the spec, such as tags.team.
	Field string
	// Message says what is wrong, with the value, and what would be right.
	Message string
}

func (p Violation) String() string {
	return p.Field + ": " + p.Message
}

// DescribeViolations names all problems, as many as a condition has room for, and how many more
// there are. Its cases are the same for the same problems.
func DescribeViolations(problems []Violation) string {
	var shown []string
	room := maxDescriptionLength
	for i, p := range problems {
		sentence := sanitize.CleanText(p.String(), maxViolationLength)
		room -= utf8.RuneCountInString(sentence) + len("; ")
		if room < 0 {
			shown = append(shown, fmt.Sprintf("and %d more", len(problems)-i))
			break
		}
		shown = append(shown, sentence)
	}
	return strings.Join(shown, "; ")
}

const (
	// maxDescriptionLength leaves room in a condition's 1024 characters for what a promotion says
	// before it, with a name of 253.
	maxDescriptionLength = 720
	maxViolationLength   = 600
	// maxValueLength keeps a value that somebody wrote to a part of a line.
	maxValueLength = 60
	// maxListedValues is how many of the values that would be right are named.
	maxListedValues = 8
)

func newViolation(field, format string, args ...any) Violation {
	return Violation{Field: field, Message: fmt.Sprintf(format, args...)}
}

// sortViolations are the problems in a fixed order, each once.
func sortViolations(problems []Violation) []Violation {
	slices.SortFunc(problems, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}

// quoteValue quotes a value that somebody wrote.
func quoteValue(value string) string {
	return fmt.Sprintf("%q", sanitize.TruncateRunes(value, maxValueLength))
}

// joinAlternatives lists values: "nlp, search or research".
func joinAlternatives(values []string) string {
	var listed []string
	for _, value := range values[:min(len(values), maxListedValues)] {
		listed = append(listed, sanitize.CleanText(value, maxValueLength))
	}
	if more := len(values) - len(listed); more > 0 {
		listed = append(listed, fmt.Sprintf("one of %d others", more))
	}
	last := len(listed) - 1
	if last == 0 {
		return listed[0]
	}
	return strings.Join(listed[:last], ", ") + " or " + listed[last]
}

func stageFieldPath(stage v1alpha1.StageName, field string) string {
	return fmt.Sprintf("stages.%s.%s", stage, field)
}

func gateFieldPath(stage v1alpha1.StageName, name string) string {
	return stageFieldPath(stage, "gates."+name)
}
