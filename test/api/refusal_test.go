// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// row is one mutation of a valid object, and what the server answers. Without a
// sentence, the server takes it.
type row struct {
	at    string
	value any
	want  string
}

type rows map[string]row

func (all rows) run(t *testing.T, valid client.Object) {
	t.Helper()
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			object := tree(t, valid)
			mutate(t, object, r.at, r.value)
			expect(t, submit(t, object), r.want)
		})
	}
}

func TestRules(t *testing.T) {
	t.Run("MLflowConnection", func(t *testing.T) { connectionRows.run(t, fullConnection()) })
	t.Run("ClusterMLflowConnection", func(t *testing.T) { sharedRows.run(t, sharedConnection()) })
	t.Run("the server of a ClusterMLflowConnection", func(t *testing.T) { connectionRows.run(t, sharedConnection()) })
	t.Run("RegisteredModel", func(t *testing.T) { modelRows.run(t, fullModel()) })
	t.Run("ModelPromotion", func(t *testing.T) { promotionRows.run(t, fullPromotion()) })
	t.Run("ModelClass", func(t *testing.T) { classRows.run(t, fullClass()) })
	t.Run("ModelVersion", func(t *testing.T) { versionRows.run(t, fullVersion()) })
	t.Run("retention of a model", func(t *testing.T) { retentionRows.run(t, fullModel()) })
	t.Run("retention of a class", func(t *testing.T) { retentionRows.run(t, fullClass()) })
	t.Run("PromotionApproval", func(t *testing.T) { approvalRows.run(t, fullApproval()) })
	t.Run("gates of a stage", func(t *testing.T) { gateRows("spec.stages[1].gates").run(t, fullModel()) })
	t.Run("gates of a class", func(t *testing.T) { gateRows("spec.stages[1].gates").run(t, fullClass()) })
	t.Run("gates of a promotion", func(t *testing.T) { gateRows("spec.gates").run(t, fullPromotion()) })
}

// A CEL rule without a row is a sentence that nobody has read.
func TestEveryRuleHasARow(t *testing.T) {
	tested := map[string][]string{
		"MLflowConnection":        sentences(connectionRows, connectionChanges),
		"ClusterMLflowConnection": sentences(connectionRows, sharedRows, sharedChanges),
		"RegisteredModel":         sentences(modelRows, modelChanges, gateRows("")),
		"ModelPromotion":          sentences(promotionRows, promotionChanges, gateRows("")),
		"ModelClass":              sentences(classRows, classChanges, gateRows("")),
		"ModelVersion":            sentences(versionRows, versionChanges),
		"PromotionApproval":       sentences(approvalRows, approvalChanges),
	}

	for kind, known := range tested {
		for _, n := range nodesUnder(t, kind, "spec") {
			for _, rule := range n.XValidations {
				if !slices.Contains(known, rule.Message) {
					t.Errorf("%s, %s: no row wants %q", kind, n.name(), rule.Message)
				}
			}
		}
	}
}

// sentences are the distinct wants of the tables.
func sentences(tables ...rows) []string {
	var all []string
	for _, table := range tables {
		for _, r := range table {
			all = append(all, strings.TrimSpace(r.want))
		}
	}
	return all
}

// unsupported is what the server says of a value that an enum lacks.
func unsupported(value string, supported ...string) string {
	return fmt.Sprintf("Unsupported value: %q: supported values: \"%s\"", value, strings.Join(supported, `", "`))
}
