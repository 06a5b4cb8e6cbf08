// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package metrics

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
)

// TestLabelsUseTheValuesOfTheAPI: a reason that the metrics do not know would be shown as Other,
// and a type or a result that they do not know would be counted, but have no series from the
// start.
func TestLabelsUseTheValuesOfTheAPI(t *testing.T) {
	for name, test := range map[string]struct {
		file  string
		among func(name, kind string) bool
		have  []string
	}{
		"reason": {
			"conditions.go", func(name, _ string) bool { return strings.HasPrefix(name, "Reason") },
			v1alpha1.Reasons(),
		},
		"gate_type": {"gate_types.go", func(_, kind string) bool { return kind == "GateType" }, toStrings(gate.Types())},
		"result":    {"gate_types.go", func(_, kind string) bool { return kind == "GateResult" }, toStrings(gateResults)},
	} {
		t.Run(name, func(t *testing.T) {
			slices.Sort(test.have)
			if diff := cmp.Diff(listConstants(t, test.file, test.among), test.have); diff != "" {
				t.Errorf("(-API +label):\n%s", diff)
			}
		})
	}
}

// listConstants returns the values of the constants of a type in a file of the API, sorted.
func listConstants(t *testing.T, file string, among func(name, kind string) bool) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "../../api/v1alpha1/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !among(spec.Names[0].Name, typeNameOf(spec)) {
			return true
		}
		value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, value)
		return true
	})
	slices.Sort(values)
	return values
}

func typeNameOf(spec *ast.ValueSpec) string {
	if kind, ok := spec.Type.(*ast.Ident); ok {
		return kind.Name
	}
	return ""
}

// toStrings converts values to label values.
func toStrings[T ~string](values []T) []string {
	all := make([]string, 0, len(values))
	for _, value := range values {
		all = append(all, string(value))
	}
	return all
}
