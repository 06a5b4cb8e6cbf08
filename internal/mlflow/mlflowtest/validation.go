// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"encoding/json"
	"net/url"
	"path"
	"regexp"
	"strconv"
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

// checkAliasArg validates the alias of a read or a deletion. Old versions reject the reserved name
// latest there, too.
func (d dialect) checkAliasArg(alias string) error {
	if err := checkAlias(alias); err != nil {
		return err
	}
	if !d.latestAlias && strings.EqualFold(alias, "latest") {
		return checkAliasNotReserved(alias)
	}
	return nil
}

// isCleanPath reports whether a name resolves to itself as a path.
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

// versionSource is the source of a version after validation.
type versionSource struct {
	source  string
	runID   string
	modelID string
}

// checkSource validates the source of a new version. A bucket URI may name any run.
func (q *request) checkSource() (versionSource, error) {
	o := versionSource{source: q.getText("source"), runID: q.getText("run_id"), modelID: q.getText("model_id")}
	parsed, err := url.Parse(o.source)
	if err != nil || parsed.Scheme == "" || parsed.Scheme == "file" {
		return o, newInvalidError("Invalid model version source: '%s'. To use a local path as a model version source, the run_id "+
			"request parameter has to be specified and the local path has to be contained within the artifact directory "+
			"of the run specified by the run_id.", o.source)
	}
	if strings.Contains(parsed.Path, "..") {
		return o, newInvalidError("Invalid model version source: '%s'. If supplying a source as an http, https, local file path, "+
			"ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references "+
			"present. Please provide an absolute path.", o.source)
	}
	if !q.rules.ownedSources {
		return o, nil
	}
	return q.checkOwnedSource(o, parsed)
}

// checkOwnedSource requires the run or the logged model that contains the source.
func (q *request) checkOwnedSource(o versionSource, parsed *url.URL) (versionSource, error) {
	location := strings.TrimPrefix(parsed.Path, "/")
	switch {
	case parsed.Scheme == "runs":
		run, _, _ := strings.Cut(location, "/")
		return o, requireOwner(run == o.runID && o.modelID == "", o.source, "run_id")
	case parsed.Scheme == "models" && strings.HasPrefix(location, "m-"):
		return q.resolveLoggedModelSource(o, location)
	case parsed.Scheme == "models":
		return q.resolveVersionSource(o, location)
	case parsed.Scheme == "mlflow-artifacts":
		found, ok := q.workspace.runs[o.runID]
		return o, requireOwner(ok && strings.HasPrefix(o.source, found.artifactURI()), o.source, "run_id")
	default:
		return o, nil
	}
}

func (q *request) resolveLoggedModelSource(o versionSource, location string) (versionSource, error) {
	id, _, _ := strings.Cut(location, "/")
	if id != o.modelID {
		return o, requireOwner(false, o.source, "model_id")
	}
	found, ok := q.workspace.loggedModels[id]
	if !ok || found.deleted {
		return o, newInternalError("Unable to fetch model from model URI source artifact location '%s'.", o.source)
	}
	if o.runID == "" {
		o.runID = found.runID
	}
	return o, nil
}

// resolveVersionSource resolves a source that is a version of a registered model: NAME/VERSION or
// NAME@ALIAS.
func (q *request) resolveVersionSource(o versionSource, location string) (versionSource, error) {
	name, number, _ := strings.Cut(location, "/")
	if aliased, alias, ok := strings.Cut(location, "@"); ok {
		parent := q.workspace.models[aliased]
		if parent == nil || parent.aliases[alias] == 0 {
			return o, newInvalidError("Registered model alias %s not found.", alias)
		}
		name, number = aliased, strconv.Itoa(parent.aliases[alias])
	}
	from := *q
	from.args = Args{"name": name, "version": number}
	found, err := from.findVersion()
	if err != nil {
		return o, err
	}
	return versionSource{source: "models:/" + name + "/" + number, runID: found.runID, modelID: found.modelID}, nil
}

func requireOwner(owned bool, source, parameter string) error {
	if owned {
		return nil
	}
	return newInvalidError("Invalid model version source: '%s'. The %s request parameter must identify the resource that "+
		"contains the source.", source, parameter)
}
