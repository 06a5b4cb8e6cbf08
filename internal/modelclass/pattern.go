// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"errors"
	"regexp/syntax"

	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// isFullMatch tells whether a value matches a pattern. What is no pattern matches nothing.
func isFullMatch(pattern, value string) bool {
	compiled, err := sanitize.CompilePattern(pattern)
	return err == nil && compiled.Matches(value)
}

// patternError says why a pattern is none; empty when it is one.
func patternError(pattern string) string {
	_, err := sanitize.CompilePattern(pattern)
	if err == nil {
		return ""
	}
	if wrong, ok := errors.AsType[*syntax.Error](err); ok {
		return wrong.Code.String()
	}
	return err.Error()
}
