// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"encoding/json"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"
)

const (
	maxAliasLength  = 255
	maxTagKeyLength = 250
)

var (
	aliasPattern        = regexp.MustCompile(`^[\pL\pN_-]*$`)
	versionAliasPattern = regexp.MustCompile(`^[vV]\d+$`)
	keyPattern          = regexp.MustCompile(`^[/\pL\pN_.\- :]*$`)
)

func (d dialect) checkModelName(name string) error {
	switch {
	case !d.strictNames:
		return nil
	case strings.TrimSpace(name) == "":
		return newInvalidError("Missing value for required parameter 'name'.")
	case strings.ContainsAny(name, "/:"):
		return newInvalidError("Invalid model name '%s'. Names cannot contain '/' or ':'.", name)
	case !isCleanPath(name):
		return newInvalidError("Invalid value %s for parameter 'name' supplied: %s", quotePython(name), newPathNameError(name))
	default:
		return nil
	}
}

func (d dialect) checkTags(tags map[string]string) error {
	for key, value := range tags {
		if err := checkTagKey(key); err != nil {
			return err
		}
		if utf8.RuneCountInString(key) > maxTagKeyLength {
			return newInvalidError("'key' exceeds the maximum length of %d characters", maxTagKeyLength)
		}
		if utf8.RuneCountInString(value) > d.maxTagValue {
			return newInvalidError("'value' exceeds the maximum length of %d characters", d.maxTagValue)
		}
	}
	return nil
}

func checkTagKey(key string) error {
	if !keyPattern.MatchString(key) {
		return newInvalidError("Invalid value %s for parameter 'key' supplied: Names may only contain alphanumerics, "+
			"underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).", quotePython(key))
	}
	if !isCleanPath(key) {
		return newInvalidError("Invalid value %s for parameter 'key' supplied: %s", quotePython(key), newPathNameError(key))
	}
	return nil
}

func checkAlias(alias string) error {
	if !aliasPattern.MatchString(alias) {
		return newInvalidError("Invalid alias name: '%s'. Names may only contain alphanumerics, underscores (_), and dashes (-).", alias)
	}
	if utf8.RuneCountInString(alias) > maxAliasLength {
		return newInvalidError("'Registered model alias name' exceeds the maximum length of %d characters", maxAliasLength)
	}
	return nil
}

func checkAliasNotReserved(alias string) error {
	if strings.EqualFold(alias, "latest") {
		return newInvalidError("'latest' alias name (case insensitive) is reserved.")
	}
	if versionAliasPattern.MatchString(alias) {
		return newInvalidError("Version alias name '%s' is reserved.", alias)
	}
	return nil
}

// checkAliasArg is the check before reading or deleting: old versions refuse the
// reserved names there too.
func (d dialect) checkAliasArg(alias string) error {
	if err := checkAlias(alias); err != nil {
		return err
	}
	if !d.latestAlias && strings.EqualFold(alias, "latest") {
		return checkAliasNotReserved(alias)
	}
	return nil
}

// isCleanPath tells whether a name stays itself when it is read as a path.
func isCleanPath(name string) bool {
	return path.Clean(name) == name && name != "." && !strings.HasPrefix(name, "..") && !strings.HasPrefix(name, "/")
}

func newPathNameError(name string) string {
	return "Names may be treated as files in certain cases, and must not resolve to other names when treated as such. " +
		"This name would resolve to '" + path.Clean(name) + "'"
}

func quotePython(text string) string {
	form, _ := json.Marshal(text)
	return string(form)
}
