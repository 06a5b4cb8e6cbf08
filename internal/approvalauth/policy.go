// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approvalauth

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// requiredValidations lists the operations that the policy must match, and the expression
// that it must evaluate. A test compares them with config/policy.
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

// readPolicy reads the policy and the binding that ref names.
func readPolicy(ctx context.Context, reader client.Reader, ref policyRef) (
	*admissionv1.ValidatingAdmissionPolicy, *admissionv1.ValidatingAdmissionPolicyBinding, error,
) {
	var policy admissionv1.ValidatingAdmissionPolicy
	if err := reader.Get(ctx, client.ObjectKey{Name: ref.policy}, &policy); err != nil {
		return nil, nil, fmt.Errorf("read ValidatingAdmissionPolicy %s: %w", ref.policy, err)
	}
	var binding admissionv1.ValidatingAdmissionPolicyBinding
	if err := reader.Get(ctx, client.ObjectKey{Name: ref.binding}, &binding); err != nil {
		return nil, nil, fmt.Errorf("read ValidatingAdmissionPolicyBinding %s: %w", ref.binding, err)
	}
	return &policy, &binding, nil
}

// policyMismatch describes the first difference to the shipped policy and binding that could
// let an object through; empty if there is none. More validations are accepted: each of
// them only rejects more.
func policyMismatch(policy *admissionv1.ValidatingAdmissionPolicy, binding *admissionv1.ValidatingAdmissionPolicyBinding) string {
	if mismatch := policySpecMismatch(&policy.Spec); mismatch != "" {
		return "the policy " + mismatch
	}
	if mismatch := bindingSpecMismatch(&binding.Spec); mismatch != "" {
		return "the binding " + mismatch
	}
	switch {
	case policy.DeletionTimestamp != nil || binding.DeletionTimestamp != nil:
		return "it is being deleted"
	case binding.Spec.PolicyName != policy.Name:
		return "the binding belongs to another policy"
	case isEdited(policy):
		return "the policy" + editedMessage
	case isEdited(binding):
		return "the binding" + editedMessage
	default:
		return ""
	}
}

// editedMessage follows the name of an object whose earlier rules are unknown.
const editedMessage = " was edited after its creation, so that nothing records since when its rules apply: delete it first"

func policySpecMismatch(spec *admissionv1.ValidatingAdmissionPolicySpec) string {
	constraints := spec.MatchConstraints
	switch {
	case spec.FailurePolicy == nil || *spec.FailurePolicy != admissionv1.Fail:
		return "does not have failurePolicy Fail"
	case spec.ParamKind != nil:
		return "has parameters"
	case len(spec.MatchConditions) > 0:
		return "has matchConditions"
	case constraints == nil || hasSelectors(constraints):
		return "excludes some objects"
	}
	for _, required := range requiredValidations {
		for _, operation := range required.operations {
			if !hasMatchingRule(constraints.ResourceRules, required.resource, operation) {
				return fmt.Sprintf("does not match every %s of %s", operation, required.resource)
			}
		}
		hasExpression := func(v admissionv1.Validation) bool { return collapseSpaces(v.Expression) == required.expression }
		if !slices.ContainsFunc(spec.Validations, hasExpression) {
			return "lacks the shipped validation of " + required.resource
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
		return "has parameters"
	case matched != nil && (hasSelectors(matched) || len(matched.ResourceRules) > 0):
		return "excludes some objects"
	default:
		return ""
	}
}

// hasSelectors reports whether labels, namespace labels or an exclusion rule exclude some objects.
func hasSelectors(m *admissionv1.MatchResources) bool {
	return !isEmptySelector(m.NamespaceSelector) || !isEmptySelector(m.ObjectSelector) || len(m.ExcludeResourceRules) > 0
}

func isEmptySelector(s *metav1.LabelSelector) bool {
	return s == nil || len(s.MatchLabels) == 0 && len(s.MatchExpressions) == 0
}

// hasMatchingRule reports whether one of the rules matches the operation for every object of a
// resource of this API.
func hasMatchingRule(rules []admissionv1.NamedRuleWithOperations, resource string, operation admissionv1.OperationType) bool {
	return slices.ContainsFunc(rules, func(r admissionv1.NamedRuleWithOperations) bool {
		return len(r.ResourceNames) == 0 && (r.Scope == nil || *r.Scope != admissionv1.ClusterScope) &&
			containsOrWildcard(r.APIGroups, v1alpha1.SchemeGroupVersion.Group) &&
			containsOrWildcard(r.APIVersions, v1alpha1.SchemeGroupVersion.Version) &&
			containsOrWildcard(r.Resources, resource) && containsOrWildcard(r.Operations, operation)
	})
}

func containsOrWildcard[T ~string](values []T, value T) bool {
	return slices.Contains(values, value) || slices.Contains(values, "*")
}

// collapseSpaces returns an expression on one line, so that line breaks make no difference.
func collapseSpaces(expression string) string {
	return strings.Join(strings.Fields(expression), " ")
}

// latestCreation returns the time at which the youngest of the objects was created: since
// then, all of them have had their current rules, if none was edited.
func latestCreation(objects ...client.Object) time.Time {
	var latest time.Time
	for _, obj := range objects {
		if created := obj.GetCreationTimestamp().Time; created.After(latest) {
			latest = created
		}
	}
	return latest
}

// isEdited reports whether the spec differs from the one that the object was created with.
// The API server does not record the time of an edit: the times in managedFields do not
// cover a field that was removed.
func isEdited(obj client.Object) bool {
	return obj.GetGeneration() != 1
}
