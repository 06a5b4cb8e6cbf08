// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// TestStructure breaks each rule that a schema states, on every field of every spec. The message must name the
// field.
func TestStructure(t *testing.T) {
	for kind, objects := range fullObjects() {
		t.Run(kind, func(t *testing.T) {
			createAll(t, objects)
			for _, n := range listNodes(t, kind, "spec")[1:] {
				t.Run(n.fieldPath(), func(t *testing.T) { expectViolations(t, n, objects) })
			}
		})
	}
}

func createAll(t *testing.T, objects []client.Object) {
	t.Helper()
	for _, object := range objects {
		expectError(t, createDryRun(t, toUnstructured(t, object)), "")
	}
}

func expectViolations(t *testing.T, n node, objects []client.Object) {
	t.Helper()
	for rule, b := range listViolations(n) {
		t.Run(rule, func(t *testing.T) {
			object, path := findObjectWith(t, n, objects)
			setField(t, object, path, b.value)
			expectError(t, createDryRun(t, object), b.want)
			expectError(t, createDryRun(t, object), shown(rule, path, n))
		})
	}
}

// shown is the path as the server prints it. A CEL rule on the value of a map prints the key in brackets.
func shown(rule, path string, n node) string {
	cut := strings.LastIndex(path, ".")
	if rule != ruleMatches || n.path[len(n.path)-1] != anyKey {
		return path
	}
	return path[:cut] + "[" + path[cut+1:] + "]"
}

// findObjectWith returns an object that sets the field, and the path of the field in it.
func findObjectWith(t *testing.T, n node, objects []client.Object) (*unstructured.Unstructured, string) {
	t.Helper()
	for _, object := range objects {
		content := toUnstructured(t, object)
		if path, found := resolvePath(content.Object, n.path); found {
			return content, joinPath(path)
		}
	}
	t.Fatalf("no full object sets %s", n.fieldPath())
	return nil, ""
}

// ruleMatches matches a CEL rule for the form of a string.
const ruleMatches = "matches"

// violation is a value that breaks a rule, and the message of the server.
type violation struct {
	value any
	want  string
}

// listViolations returns a violation of each rule that the schema of the node states.
func listViolations(n node) map[string]violation {
	all := map[string]violation{"type": newTypeViolation(n.schema)}
	if n.required {
		all["required"] = violation{absent{}, "Required value"}
	}
	if len(n.Enum) > 0 {
		all["enum"] = violation{"Sideways", `Unsupported value: "Sideways": supported values: `}
	}
	if n.Pattern != "" {
		// This type is used in many places, so that a CEL rule with a message would exceed the cost limit.
		all["pattern"] = violation{"//", "should match '" + n.Pattern + "'"}
	}
	for _, rule := range n.XValidations {
		if strings.HasPrefix(rule.Rule, "self.matches(") {
			// Two slashes: no name, number or key in the API has them.
			all[ruleMatches] = violation{"//", rule.Message}
		}
	}
	addSizeViolations(all, n.schema)
	return all
}

func addSizeViolations(all map[string]violation, s *schema) {
	if s.MinLength != nil {
		all["minLength"] = violation{"", fmt.Sprintf("should be at least %d chars long", *s.MinLength)}
	}
	if s.MaxLength != nil {
		long := strings.Repeat("7", int(*s.MaxLength)+1)
		all["maxLength"] = violation{long, fmt.Sprintf("Too long: may not be more than %d bytes", *s.MaxLength)}
	}
	if s.MinItems != nil {
		all["minItems"] = violation{[]any{}, fmt.Sprintf("should have at least %d items", *s.MinItems)}
	}
	if s.MaxItems != nil {
		all["maxItems"] = violation{make([]any, *s.MaxItems+1), fmt.Sprintf("must have at most %d items", *s.MaxItems)}
	}
	if s.MaxProperties != nil {
		all["maxProperties"] = violation{newLargeMap(int(*s.MaxProperties) + 1), fmt.Sprintf("must have at most %d items", *s.MaxProperties)}
	}
}

// newTypeViolation returns a value of another type than the schema's. For strings it is a number, which users
// write if they forget the quotes.
func newTypeViolation(s *schema) violation {
	want := "must be of type " + s.Type
	if s.Type == "string" {
		return violation{int64(7), want}
	}
	return violation{"7", want}
}

func newLargeMap(n int) map[string]any {
	keys := map[string]any{}
	for i := range n {
		keys[fmt.Sprintf("key-%d", i)] = "value"
	}
	return keys
}
