// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approvalauth

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// requiredValidations is what the policy must look at, and how. A test holds the shipped one to it.
var requiredValidations = []struct {
	resource   string
	operations []admissionv1.OperationType
	expression string
}{
	{"promotionapprovals", []admissionv1.OperationType{admissionv1.Create},
		`request.resource.resource != 'promotionapprovals' || object.spec.approver == request.userInfo.username`},
	{"modelpromotions", []admissionv1.OperationType{admissionv1.Create, admissionv1.Update},
		`request.resource.resource != 'modelpromotions' || !has(object.spec.requestedBy) || ` +
			`object.spec.requestedBy == request.userInfo.username || ` +
			`(request.operation == 'UPDATE' && ` +
			`has(oldObject.spec.requestedBy) && oldObject.spec.requestedBy == object.spec.requestedBy && ` +
			`object.spec.?version == oldObject.spec.?version && object.spec.?versionFrom == oldObject.spec.?versionFrom && ` +
			`object.spec.?override == oldObject.spec.?override)`},
}

// policyMismatch says what a policy and its binding let through that the shipped ones do not; empty
// when nothing. Further validations do no harm: each of them refuses more.
func policyMismatch(policy *admissionv1.ValidatingAdmissionPolicy, binding *admissionv1.ValidatingAdmissionPolicyBinding) string {
	if flaw := policySpecMismatch(&policy.Spec); flaw != "" {
		return "the policy " + flaw
	}
	if flaw := bindingSpecMismatch(&binding.Spec); flaw != "" {
		return "the binding " + flaw
	}
	switch {
	case policy.DeletionTimestamp != nil || binding.DeletionTimestamp != nil:
		return "it is being deleted"
	case binding.Spec.PolicyName != policy.Name:
		return "the binding is another policy's"
	case isEdited(policy):
		return "the policy" + editedMessage
	case isEdited(binding):
		return "the binding" + editedMessage
	default:
		return ""
	}
}

// editedMessage: nobody knows what it said before, and for how long.
const editedMessage = " was edited since it was created, which hides since when it says so: delete it first"

func policySpecMismatch(spec *admissionv1.ValidatingAdmissionPolicySpec) string {
	constraints := spec.MatchConstraints
	switch {
	case spec.FailurePolicy == nil || *spec.FailurePolicy != admissionv1.Fail:
		return "does not have failurePolicy Fail"
	case spec.ParamKind != nil:
		return "takes parameters"
	case len(spec.MatchConditions) > 0:
		return "has matchConditions"
	case constraints == nil || hasSelectors(constraints):
		return "leaves objects out"
	}
	for _, d := range requiredValidations {
		for _, operation := range d.operations {
			if !hasMatchingRule(constraints.ResourceRules, d.resource, operation) {
				return fmt.Sprintf("does not look at each %s of %s", operation, d.resource)
			}
		}
		if !slices.ContainsFunc(spec.Validations, func(v admissionv1.Validation) bool { return collapseSpaces(v.Expression) == d.expression }) {
			return "lacks the shipped validation of " + d.resource
		}
	}
	return ""
}

func bindingSpecMismatch(spec *admissionv1.ValidatingAdmissionPolicyBindingSpec) string {
	matched := spec.MatchResources
	switch {
	case !slices.Contains(spec.ValidationActions, admissionv1.Deny):
		return "does not deny"
	case spec.ParamRef != nil:
		return "takes parameters"
	case matched != nil && (hasSelectors(matched) || len(matched.ResourceRules) > 0):
		return "leaves objects out"
	default:
		return ""
	}
}

// hasSelectors tells whether some objects are left out by their labels, their namespace's labels
// or a rule that excludes them.
func hasSelectors(m *admissionv1.MatchResources) bool {
	return !isEmptySelector(m.NamespaceSelector) || !isEmptySelector(m.ObjectSelector) || len(m.ExcludeResourceRules) > 0
}

func isEmptySelector(s *metav1.LabelSelector) bool {
	return s == nil || len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0
}

// hasMatchingRule tells whether one of the rules takes in a whole resource of ours.
func hasMatchingRule(rules []admissionv1.NamedRuleWithOperations, resource string, operation admissionv1.OperationType) bool {
	return slices.ContainsFunc(rules, func(r admissionv1.NamedRuleWithOperations) bool {
		return len(r.ResourceNames) == 0 && (r.Scope == nil || *r.Scope != admissionv1.ClusterScope) &&
			containsOrWildcard(r.APIGroups, v1alpha1.SchemeGroupVersion.Group) && containsOrWildcard(r.APIVersions, v1alpha1.SchemeGroupVersion.Version) &&
			containsOrWildcard(r.Resources, resource) && containsOrWildcard(r.Operations, operation)
	})
}

func containsOrWildcard[T ~string](all []T, one T) bool {
	return slices.Contains(all, one) || slices.Contains(all, "*")
}

// collapseSpaces is an expression on one line.
func collapseSpaces(expression string) string {
	return strings.Join(strings.Fields(expression), " ")
}
