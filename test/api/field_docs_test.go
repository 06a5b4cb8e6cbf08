// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"slices"
	"strings"
	"testing"
)

// "kubectl explain" reads like a manual on every field, and nothing that can be
// stored is without a bound.
func TestFieldDocs(t *testing.T) {
	for kind := range plurals {
		for _, part := range []string{"spec", "status"} {
			for _, n := range listNodes(t, kind, part) {
				t.Run(kind+"/"+n.fieldPath(), func(t *testing.T) { checkFieldDocs(t, n) })
			}
		}
	}
}

func checkFieldDocs(t *testing.T, n node) {
	t.Helper()
	if n.isField() && strings.TrimSpace(n.Description) == "" {
		t.Error("has no description")
	}
	if !isCondition(n) && !isBounded(n.schema) {
		t.Errorf("%s without a bound", n.Type)
	}
	if n.Type == "array" && n.XListType == nil {
		t.Error("has no list type: server-side apply would replace it as a whole by accident, not by choice")
	}
	if n.Default != nil && slices.Contains(n.path, anyItem) && !isInKeyedList(n) {
		t.Error("has a default inside a list item")
	}
}

// isCondition tells what metav1.Condition brings along, with bounds of its own.
func isCondition(n node) bool {
	return len(n.path) > 2 && n.path[1] == "conditions"
}

func isBounded(s *schema) bool {
	switch s.Type {
	case "string":
		return s.MaxLength != nil || len(s.Enum) > 0 || s.Format == "date-time"
	case "array":
		return s.MaxItems != nil
	case "integer":
		return s.Minimum != nil
	case "object":
		return s.AdditionalProperties == nil || s.MaxProperties != nil
	}
	return s.Type == "boolean"
}

// isInKeyedList tells the one place where a default in an item does not make a
// GitOps tool see a difference for ever: a field of a stage, which has a key, and
// which is not the key.
func isInKeyedList(n node) bool {
	return n.path[1] == "stages" && n.path[len(n.path)-1] != "name"
}
