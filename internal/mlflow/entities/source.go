// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package entities

import "strings"

// ParseCopiedModel is the registered model a version of which a source names, in whatever form
// MLflow takes: by number, alias, stage or as the latest; false for other sources, among
// them those that name a logged model. It is there to refuse, and so takes for a name also
// what proves nothing by it.
func ParseCopiedModel(source string) (string, bool) {
	path, named := strings.CutPrefix(source, "models:")
	if !named {
		return "", false
	}
	path, _, _ = strings.Cut(strings.TrimLeft(pathWithoutAuthority(path), "/"), "?")
	if name, _, numbered := strings.Cut(path, "/"); numbered {
		return name, true
	}
	at := strings.LastIndex(path, "@")
	if at < 0 {
		return "", false
	}
	return path[:at], true
}

// pathWithoutAuthority is the path of a URI without its scheme: MLflow passes over what stands
// between // and the next slash.
func pathWithoutAuthority(path string) string {
	authority, found := strings.CutPrefix(path, "//")
	if !found {
		return path
	}
	end := strings.IndexAny(authority, "/?#")
	if end < 0 {
		return ""
	}
	return authority[end:]
}
