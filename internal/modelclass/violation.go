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

// Violation says what is wrong with one field.
type Violation struct {
	// Field is the path of the field in the spec, such as tags.team.
	Field string
	// Message says what is wrong, with the value, and what is allowed.
	Message string
}

func (v Violation) String() string {
	return v.Field + ": " + v.Message
}

// DescribeViolations lists as many violations as fit into a condition, and the number of the
// others. The same violations give the same text.
func DescribeViolations(violations []Violation) string {
	var shown []string
	room := maxDescriptionLength
	for i, v := range violations {
		sentence := sanitize.CleanText(v.String(), maxViolationLength)
		room -= utf8.RuneCountInString(sentence) + len("; ")
		if room < 0 {
			shown = append(shown, fmt.Sprintf("and %d more", len(violations)-i))
			break
		}
		shown = append(shown, sentence)
	}
	return strings.Join(shown, "; ")
}

const (
	// maxDescriptionLength leaves room in the 1024 characters of a condition for the text that a
	// promotion puts before it, which has a name of up to 253 characters.
	maxDescriptionLength = 720
	// maxViolationLength limits one violation, so that a long one never hides that there are others.
	maxViolationLength = 600
	// maxValueLength limits a quoted value to a part of a line.
	maxValueLength = 60
	// maxListedValues is how many of the allowed values a message lists.
	maxListedValues = 8
)

func newViolation(field, format string, args ...any) Violation {
	return Violation{Field: field, Message: fmt.Sprintf(format, args...)}
}

// sortViolations returns the violations in a fixed order, without duplicates.
func sortViolations(violations []Violation) []Violation {
	slices.SortFunc(violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(violations)
}

// quoteValue quotes a value of a spec, and truncates it.
func quoteValue(value string) string {
	return fmt.Sprintf("%q", sanitize.TruncateRunes(value, maxValueLength))
}

// joinAlternatives lists values as in "nlp, search or research".
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
