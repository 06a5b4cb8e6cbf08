// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package inheritance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// Problem is what is wrong with one field.
type Problem struct {
	// Field is the path of the field in the spec, such as tags.team.
	Field string
	// Message says what is wrong, with the value, and what would be right.
	Message string
}

func (p Problem) String() string {
	return p.Field + ": " + p.Message
}

// Describe names all problems, as many as a condition has room for, and how many more
// there are. Its cases are the same for the same problems.
func Describe(problems []Problem) string {
	var shown []string
	room := maxDescription
	for i, p := range problems {
		sentence := text.Clean(p.String(), maxProblem)
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
	// maxDescription leaves room in a condition's 1024 characters for what a promotion says
	// before it, with a name of 253.
	maxDescription = 720
	maxProblem     = 600
	// maxShown keeps a value that somebody wrote to a part of a line.
	maxShown = 60
	// maxListed is how many of the values that would be right are named.
	maxListed = 8
)

func problem(field, format string, args ...any) Problem {
	return Problem{Field: field, Message: fmt.Sprintf(format, args...)}
}

// sorted are the problems in a fixed order, each once.
func sorted(problems []Problem) []Problem {
	slices.SortFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(problems)
}

// show quotes a value that somebody wrote.
func show(value string) string {
	return fmt.Sprintf("%q", text.Cut(value, maxShown))
}

// either lists values: "nlp, search or research".
func either(values []string) string {
	var listed []string
	for _, value := range values[:min(len(values), maxListed)] {
		listed = append(listed, text.Clean(value, maxShown))
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
