// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"regexp"
	"strings"
)

// The sources that name something else in MLflow. Whatever doesn't match exactly is a
// bucket URI like any other, which proves nothing by its name.
var (
	copySourcePattern = regexp.MustCompile(`^models:/([^/?#%@\\]{1,256})/([1-9][0-9]{0,9})$`)
	runSourcePattern  = regexp.MustCompile(`^runs:/([A-Za-z0-9-]{1,64})(/.*)?$`)
)

// parseCopySource is the version that a source names; false for other sources.
func parseCopySource(source string) (model, version string, copied bool) {
	match := copySourcePattern.FindStringSubmatch(source)
	if match == nil {
		return "", "", false
	}
	return match[1], match[2], true
}

// parseRunSource is the run among whose artifacts a runs:/ source lies, or empty.
func parseRunSource(source string) string {
	match := runSourcePattern.FindStringSubmatch(source)
	if match == nil || !isSafePath(match[2]) {
		return ""
	}
	return match[1]
}

// isUnderRoot tells whether a source is the root or lies under it, by whole segments of
// the path. A root without a path holds nothing.
func isUnderRoot(source, root string) bool {
	root = strings.TrimRight(root, "/")
	rest, found := strings.CutPrefix(source, root)
	if !found || root == "" || strings.HasSuffix(root, ":") {
		return false
	}
	return rest == "" || strings.HasPrefix(rest, "/") && isSafePath(rest)
}

// pathTraversalPattern is what may make a path mean another one to whoever resolves it: encoded
// dots, slashes, percent signs and zeros, backslashes, queries and fragments.
var pathTraversalPattern = regexp.MustCompile(`(?i)%(2e|2f|5c|25|3f|23|00)|[\\?#\x00-\x1f]`)

// isSafePath tells whether a path can't lead out of where it starts.
func isSafePath(path string) bool {
	if pathTraversalPattern.MatchString(path) {
		return false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == ".." {
			return false
		}
	}
	return true
}
