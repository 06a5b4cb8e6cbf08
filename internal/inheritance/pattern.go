// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package inheritance

import (
	"errors"
	"regexp"
	"regexp/syntax"
)

// matchesWhole tells whether a value matches a pattern from its first to its last
// character. The longest match from the first character on is the whole value if any is;
// to put the pattern between anchors would be fooled by a \Q in it that nothing ends.
// What is no pattern matches nothing.
func matchesWhole(pattern, value string) bool {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return false
	}
	expression.Longest()
	match := expression.FindStringIndex(value)
	return match != nil && match[0] == 0 && match[1] == len(value)
}

// malformed says why a pattern is none; empty when it is one.
func malformed(pattern string) string {
	_, err := regexp.Compile(pattern)
	if err == nil {
		return ""
	}
	if wrong, ok := errors.AsType[*syntax.Error](err); ok {
		return wrong.Code.String()
	}
	return err.Error()
}
