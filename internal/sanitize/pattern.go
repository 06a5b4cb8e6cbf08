// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package sanitize

import "regexp"

// Pattern is a regular expression, in the syntax of RE2, that a value matches as a whole.
type Pattern struct {
	expression *regexp.Regexp
}

// CompilePattern returns the error of package regexp for what is no pattern.
func CompilePattern(pattern string) (*Pattern, error) {
	expression, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	expression.Longest()
	return &Pattern{expression: expression}, nil
}

// Matches tells whether a value matches from its first to its last character. The longest
// match from the first character on is the whole value if any is; to put the pattern between
// anchors would let it break out, and be fooled by a \Q in it that nothing ends.
func (p *Pattern) Matches(value string) bool {
	match := p.expression.FindStringIndex(value)
	return match != nil && match[0] == 0 && match[1] == len(value)
}
