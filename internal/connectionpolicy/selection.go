// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connectionpolicy

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// Namespace is what a selection matches.
type Namespace struct {
	Name string
	// Labels are nil if they are not known: then no selector matches the namespace. Every
	// namespace that exists has at least one label.
	Labels map[string]string
}

// selection is a compiled set of namespaces. The zero selection is empty.
type selection struct {
	all   bool
	names []v1alpha1.NamespaceName
	// labels selects namespaces by label; nil selects none that way.
	labels labels.Selector
}

func compileSelection(selected v1alpha1.NamespaceSelection) (selection, error) {
	compiled := selection{all: selected.From == v1alpha1.NamespacesFromAll, names: selected.Names}
	if isEmptySelector(selected.Selector) {
		return compiled, nil
	}
	var err error
	compiled.labels, err = metav1.LabelSelectorAsSelector(toLabelSelector(selected.Selector))
	return compiled, err
}

// isEmptySelector reports whether a selector has no requirement. Kubernetes would let it
// select everything; here, only from: All does.
func isEmptySelector(selector *v1alpha1.NamespaceSelector) bool {
	return selector == nil || len(selector.MatchLabels) == 0 && len(selector.MatchExpressions) == 0
}

func toLabelSelector(selector *v1alpha1.NamespaceSelector) *metav1.LabelSelector {
	converted := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for key, value := range selector.MatchLabels {
		converted.MatchLabels[key] = string(value)
	}
	for _, requirement := range selector.MatchExpressions {
		values := make([]string, 0, len(requirement.Values))
		for _, value := range requirement.Values {
			values = append(values, string(value))
		}
		converted.MatchExpressions = append(converted.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: string(requirement.Key), Operator: metav1.LabelSelectorOperator(requirement.Operator), Values: values,
		})
	}
	return converted
}

// hasNamespace reports whether the namespace is selected. A selector never matches a namespace
// whose labels are not known, not even with DoesNotExist or NotIn.
func (s selection) hasNamespace(namespace Namespace) bool {
	return s.all ||
		slices.Contains(s.names, v1alpha1.NamespaceName(namespace.Name)) ||
		s.labels != nil && namespace.Labels != nil && s.labels.Matches(labels.Set(namespace.Labels))
}
