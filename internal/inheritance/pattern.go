// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package inheritance

import (
	"errors"
	"regexp/syntax"

	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// matchesWhole tells whether a value matches a pattern. What is no pattern matches nothing.
func matchesWhole(pattern, value string) bool {
	compiled, err := text.CompilePattern(pattern)
	return err == nil && compiled.Matches(value)
}

// malformed says why a pattern is none; empty when it is one.
func malformed(pattern string) string {
	_, err := text.CompilePattern(pattern)
	if err == nil {
		return ""
	}
	if wrong, ok := errors.AsType[*syntax.Error](err); ok {
		return wrong.Code.String()
	}
	return err.Error()
}
