// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"maps"
	"slices"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// plurals are the resource names of the kinds.
var plurals = map[string]string{
	"MLflowConnection":        "mlflowconnections",
	"ClusterMLflowConnection": "clustermlflowconnections",
	"RegisteredModel":         "registeredmodels",
	"ModelPromotion":          "modelpromotions",
	"ModelClass":              "modelclasses",
	"ModelVersion":            "modelversions",
	"PromotionApproval":       "promotionapprovals",
}

// getCRD returns the CRD of the kind as the server stores it.
func getCRD(t *testing.T, kind string) *apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	crd := &apiextensionsv1.CustomResourceDefinition{}
	key := client.ObjectKey{Name: plurals[kind] + ".registry.mlflow-operator.io"}
	if err := controlPlane.Client.Get(t.Context(), key, crd); err != nil {
		t.Fatalf("get the CRD of %s: %v", kind, err)
	}
	return crd
}

type schema = apiextensionsv1.JSONSchemaProps

// node is one field, item or value of a schema.
type node struct {
	*schema

	path     []string
	required bool
}

// listNodes returns all nodes of one part of the kind: "spec" or "status".
func listNodes(t *testing.T, kind, part string) []node {
	t.Helper()
	top, found := getCRD(t, kind).Spec.Versions[0].Schema.OpenAPIV3Schema.Properties[part]
	if !found && part == "status" {
		// A kind without a status has none.
		return nil
	}
	return walkNodes(node{schema: &top, path: []string{part}})
}

// walkNodes returns the node and all nodes below it, parents first.
func walkNodes(n node) []node {
	nodes := []node{n}
	for _, name := range slices.Sorted(maps.Keys(n.Properties)) {
		property := n.Properties[name]
		nodes = append(nodes, walkNodes(n.newChild(name, &property))...)
	}
	if n.Items != nil {
		nodes = append(nodes, walkNodes(n.newChild(anyItem, n.Items.Schema))...)
	}
	if n.AdditionalProperties != nil {
		nodes = append(nodes, walkNodes(n.newChild(anyKey, n.AdditionalProperties.Schema))...)
	}
	return nodes
}

func (n node) newChild(step string, s *schema) node {
	return node{
		schema:   s,
		path:     append(slices.Clone(n.path), step),
		required: slices.Contains(n.Required, step),
	}
}

func (n node) fieldPath() string {
	return joinPath(n.path)
}

// isField reports whether a node is a field, and not an item of a list or a value of a map.
func (n node) isField() bool {
	last := n.path[len(n.path)-1]
	return last != anyItem && last != anyKey
}
