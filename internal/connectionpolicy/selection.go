// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connectionpolicy

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// selection is a set of namespaces. The zero selection is empty.
type selection struct {
	all   bool
	names []v1alpha1.NamespaceName
	// labels is nil where namespaces are not selected by label.
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

// isEmptySelector tells whether a selector demands nothing. To Kubernetes it would select
// everything, which has to be spelled out here.
func isEmptySelector(selector *v1alpha1.NamespaceSelector) bool {
	return selector == nil || len(selector.MatchLabels) == 0 && len(selector.MatchExpressions) == 0
}

func toLabelSelector(selector *v1alpha1.NamespaceSelector) *metav1.LabelSelector {
	all := &metav1.LabelSelector{MatchLabels: map[string]string{}}
	for key, value := range selector.MatchLabels {
		all.MatchLabels[key] = string(value)
	}
	for _, requirement := range selector.MatchExpressions {
		values := make([]string, 0, len(requirement.Values))
		for _, value := range requirement.Values {
			values = append(values, string(value))
		}
		all.MatchExpressions = append(all.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: string(requirement.Key), Operator: metav1.LabelSelectorOperator(requirement.Operator), Values: values,
		})
	}
	return all
}

// hasNamespace tells whether the namespace is one of those. One whose labels nobody has seen has not
// even the labels that it must lack.
func (s selection) hasNamespace(namespace Namespace) bool {
	return s.all ||
		slices.Contains(s.names, v1alpha1.NamespaceName(namespace.Name)) ||
		s.labels != nil && namespace.Labels != nil && s.labels.Matches(labels.Set(namespace.Labels))
}
