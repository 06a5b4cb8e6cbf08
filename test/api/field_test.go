// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// absent is a value of a mutation that removes the field.
type absent struct{}

// Steps that match any item of a list and any key of a map.
const (
	anyItem = "[*]"
	anyKey  = "{*}"
)

// splitPath splits "spec.stages[1].alias" into keys and indices.
func splitPath(path string) []string {
	return strings.Split(strings.ReplaceAll(path, "[", ".["), ".")
}

// joinPath is the inverse of splitPath.
func joinPath(steps []string) string {
	return strings.ReplaceAll(strings.Join(steps, "."), ".[", "[")
}

// setField sets the field at the path, whose parent must exist.
func setField(t *testing.T, object *unstructured.Unstructured, path string, value any) {
	t.Helper()
	all := splitPath(path)
	last := len(all) - 1

	parent, found := getField(object.Object, all[:last])
	if !found {
		t.Fatalf("the valid object has no parent of %s", path)
	}

	switch node := parent.(type) {
	case map[string]any:
		setKey(node, all[last], value)
	case []any:
		node[parseIndex(all[last])] = value
	default:
		t.Fatalf("the parent of %s is a %T", path, parent)
	}
}

func setKey(node map[string]any, key string, value any) {
	if value == (any)(absent{}) {
		delete(node, key)
		return
	}
	node[key] = value
}

// getField returns the value at the steps below the node.
func getField(node any, steps []string) (any, bool) {
	for _, step := range steps {
		child, found := getChild(node, step)
		if !found {
			return nil, false
		}
		node = child
	}
	return node, true
}

func getChild(node any, step string) (any, bool) {
	switch node := node.(type) {
	case map[string]any:
		child, found := node[step]
		return child, found
	case []any:
		i := parseIndex(step)
		if i < 0 || i >= len(node) {
			return nil, false
		}
		return node[i], true
	}
	return nil, false
}

// resolvePath replaces anyItem and anyKey by the first item and key below which the rest of the path exists.
func resolvePath(node any, path []string) ([]string, bool) {
	if len(path) == 0 {
		return nil, true
	}
	for _, step := range listSteps(node, path[0]) {
		child, found := getChild(node, step)
		if !found {
			continue
		}
		if rest, found := resolvePath(child, path[1:]); found {
			return append([]string{step}, rest...), true
		}
	}
	return nil, false
}

// listSteps returns the concrete steps that a step of a path matches.
func listSteps(node any, step string) []string {
	fields, isMap := node.(map[string]any)
	if step == anyKey && isMap {
		return slices.Sorted(maps.Keys(fields))
	}

	items, isList := node.([]any)
	if step != anyItem || !isList {
		return []string{step}
	}
	all := make([]string, len(items))
	for i := range items {
		all[i] = "[" + strconv.Itoa(i) + "]"
	}
	return all
}

// parseIndex returns the number in "[3]", or -1 for a step that is a key.
func parseIndex(step string) int {
	i, err := strconv.Atoi(strings.Trim(step, "[]"))
	if err != nil || !strings.HasPrefix(step, "[") {
		return -1
	}
	return i
}
