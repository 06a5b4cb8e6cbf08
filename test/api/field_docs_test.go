// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"slices"
	"strings"
	"testing"
)

// TestFieldDocs checks that every field has a description for kubectl explain, and that everything that can be
// stored has a bound.
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

// isCondition reports whether a node is a part of metav1.Condition, which has bounds of its own.
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

// isInKeyedList reports whether a field is in an item of a list with a key, and is not the key. A default in an
// item does not cause a permanent difference for GitOps tools only there: in the stages.
func isInKeyedList(n node) bool {
	return n.path[1] == "stages" && n.path[len(n.path)-1] != "name"
}
