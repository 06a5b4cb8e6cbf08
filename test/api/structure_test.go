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

// Every field of every spec can be set, and every rule that its schema states is
// kept, with a sentence that names the field.
func TestStructure(t *testing.T) {
	for kind, objects := range fullObjects() {
		t.Run(kind, func(t *testing.T) {
			acceptAll(t, objects)
			for _, n := range nodesUnder(t, kind, "spec")[1:] {
				t.Run(n.name(), func(t *testing.T) { breakRules(t, n, objects) })
			}
		})
	}
}

func acceptAll(t *testing.T, objects []client.Object) {
	t.Helper()
	for _, object := range objects {
		expect(t, submit(t, tree(t, object)), "")
	}
}

func breakRules(t *testing.T, n node, objects []client.Object) {
	t.Helper()
	for rule, b := range breaches(n) {
		t.Run(rule, func(t *testing.T) {
			object, path := whereSet(t, n, objects)
			mutate(t, object, path, b.value)
			expect(t, submit(t, object), b.want)
			expect(t, submit(t, object), path)
		})
	}
}

// whereSet finds an object that sets the field, and where in it.
func whereSet(t *testing.T, n node, objects []client.Object) (*unstructured.Unstructured, string) {
	t.Helper()
	for _, object := range objects {
		content := tree(t, object)
		if path, found := resolve(content.Object, n.path); found {
			return content, joined(path)
		}
	}
	t.Fatalf("no full object sets %s", n.name())
	return nil, ""
}

// breach is a value that a rule refuses, and what the server says of it.
type breach struct {
	value any
	want  string
}

// breaches break each rule that the schema of the node states.
func breaches(n node) map[string]breach {
	all := map[string]breach{"type": wrongType(n.schema)}
	if n.required {
		all["required"] = breach{absent{}, "Required value"}
	}
	if len(n.Enum) > 0 {
		all["enum"] = breach{"Sideways", `Unsupported value: "Sideways": supported values: `}
	}
	if n.Pattern != "" {
		// Two slashes: no pattern of the API lets a name, a number or a key be that.
		all["pattern"] = breach{"//", "should match '" + n.Pattern + "'"}
	}
	addSizes(all, n.schema)
	return all
}

func addSizes(all map[string]breach, s *schema) {
	if s.MinLength != nil {
		all["minLength"] = breach{"", fmt.Sprintf("should be at least %d chars long", *s.MinLength)}
	}
	if s.MaxLength != nil {
		long := strings.Repeat("7", int(*s.MaxLength)+1)
		all["maxLength"] = breach{long, fmt.Sprintf("Too long: may not be more than %d bytes", *s.MaxLength)}
	}
	if s.MinItems != nil {
		all["minItems"] = breach{[]any{}, fmt.Sprintf("should have at least %d items", *s.MinItems)}
	}
	if s.MaxItems != nil {
		all["maxItems"] = breach{make([]any, *s.MaxItems+1), fmt.Sprintf("must have at most %d items", *s.MaxItems)}
	}
	if s.MaxProperties != nil {
		all["maxProperties"] = breach{manyKeys(int(*s.MaxProperties) + 1), fmt.Sprintf("must have at most %d items", *s.MaxProperties)}
	}
}

// wrongType is a value of another type than the schema's. For strings it is what a
// user writes who forgets the quotes.
func wrongType(s *schema) breach {
	want := "must be of type " + s.Type
	if s.Type == "string" {
		return breach{int64(7), want}
	}
	return breach{"7", want}
}

func manyKeys(n int) map[string]any {
	keys := map[string]any{}
	for i := range n {
		keys[fmt.Sprintf("key-%d", i)] = "value"
	}
	return keys
}
