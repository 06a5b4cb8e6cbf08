// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approvalauth

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

type (
	policy  = admissionv1.ValidatingAdmissionPolicy
	binding = admissionv1.ValidatingAdmissionPolicyBinding
)

// readShippedPolicy reads the policy and the binding of config/policy.
func readShippedPolicy(t *testing.T) (*policy, *binding) {
	t.Helper()
	var p policy
	var b binding
	for file, into := range map[string]any{"policy.yaml": &p, "policy_binding.yaml": &b} {
		content, err := os.ReadFile("../../config/policy/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.UnmarshalStrict(content, into); err != nil {
			t.Fatal(err)
		}
	}
	return &p, &b
}

var someSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"checked": "yes"}}

// TestPolicyMismatch: the shipped policy matches, and each change that lets an object through
// is a mismatch.
func TestPolicyMismatch(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*policy, *binding)
		want   string
	}{
		"as shipped": {func(*policy, *binding) {}, ""},
		"an additional validation": {func(p *policy, _ *binding) {
			p.Spec.Validations = append(p.Spec.Validations, admissionv1.Validation{Expression: "false"})
		}, ""},
		"a rule for everything": {func(p *policy, _ *binding) {
			p.Spec.MatchConstraints.ResourceRules = []admissionv1.NamedRuleWithOperations{{RuleWithOperations: admissionv1.RuleWithOperations{
				Operations: []admissionv1.OperationType{"*"},
				Rule:       admissionv1.Rule{APIGroups: []string{"*"}, APIVersions: []string{"*"}, Resources: []string{"*"}},
			}}}
		}, ""},
		"empty selectors, as the API server writes them": {func(p *policy, b *binding) {
			p.Spec.MatchConstraints.ObjectSelector, p.Spec.MatchConstraints.NamespaceSelector = &metav1.LabelSelector{}, &metav1.LabelSelector{}
			b.Spec.MatchResources = &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{}}
		}, ""},
		"failures are ignored": {func(p *policy, _ *binding) {
			p.Spec.FailurePolicy = new(admissionv1.Ignore)
		}, "the policy does not have failurePolicy Fail"},
		"no failure policy": {func(p *policy, _ *binding) { p.Spec.FailurePolicy = nil }, "the policy does not have failurePolicy Fail"},
		"parameters":        {func(p *policy, _ *binding) { p.Spec.ParamKind = &admissionv1.ParamKind{} }, "the policy has parameters"},
		"a match condition": {func(p *policy, _ *binding) {
			p.Spec.MatchConditions = make([]admissionv1.MatchCondition, 1)
		}, "the policy has matchConditions"},
		"no constraints": {func(p *policy, _ *binding) { p.Spec.MatchConstraints = nil }, "the policy excludes some objects"},
		"some namespaces": {
			func(p *policy, _ *binding) { p.Spec.MatchConstraints.NamespaceSelector = someSelector }, "the policy excludes some objects",
		},
		"some objects": {
			func(p *policy, _ *binding) { p.Spec.MatchConstraints.ObjectSelector = someSelector }, "the policy excludes some objects",
		},
		"an exclusion rule": {func(p *policy, _ *binding) {
			p.Spec.MatchConstraints.ExcludeResourceRules = make([]admissionv1.NamedRuleWithOperations, 1)
		}, "the policy excludes some objects"},
		"no rule for approvals": {func(p *policy, _ *binding) {
			p.Spec.MatchConstraints.ResourceRules = p.Spec.MatchConstraints.ResourceRules[1:]
		}, "the policy does not match every CREATE of promotionapprovals"},
		"approvals with one name": {func(p *policy, _ *binding) {
			p.Spec.MatchConstraints.ResourceRules[0].ResourceNames = []string{"forgery"}
		}, "the policy does not match every CREATE of promotionapprovals"},
		"no rule for updates": {func(p *policy, _ *binding) {
			p.Spec.MatchConstraints.ResourceRules[1].Operations = []admissionv1.OperationType{admissionv1.Create}
		}, "the policy does not match every UPDATE of modelpromotions"},
		"cluster-scoped objects": {func(p *policy, _ *binding) {
			p.Spec.MatchConstraints.ResourceRules[1].Scope = new(admissionv1.ClusterScope)
		}, "the policy does not match every CREATE of modelpromotions"},
		"another API group": {func(p *policy, _ *binding) {
			p.Spec.MatchConstraints.ResourceRules[1].APIGroups = []string{"apps"}
		}, "the policy does not match every CREATE of modelpromotions"},
		"an exception for approvals": {func(p *policy, _ *binding) {
			p.Spec.Validations[0].Expression += " || request.userInfo.username == 'argo'"
		}, "the policy lacks the shipped validation of promotionapprovals"},
		"no validation of requestedBy": {func(p *policy, _ *binding) {
			p.Spec.Validations = p.Spec.Validations[:1]
		}, "the policy lacks the shipped validation of modelpromotions"},
		"a binding that only warns": {func(_ *policy, b *binding) {
			b.Spec.ValidationActions = []admissionv1.ValidationAction{admissionv1.Warn}
		}, "the binding does not deny"},
		"a binding with parameters": {func(_ *policy, b *binding) { b.Spec.ParamRef = &admissionv1.ParamRef{} }, "the binding has parameters"},
		"a binding to some namespaces": {func(_ *policy, b *binding) {
			b.Spec.MatchResources = &admissionv1.MatchResources{NamespaceSelector: someSelector}
		}, "the binding excludes some objects"},
		"a binding to some resources": {func(_ *policy, b *binding) {
			b.Spec.MatchResources = &admissionv1.MatchResources{ResourceRules: make([]admissionv1.NamedRuleWithOperations, 1)}
		}, "the binding excludes some objects"},
		"another policy's binding":       {func(_ *policy, b *binding) { b.Spec.PolicyName = "other" }, "the binding belongs to another policy"},
		"an edited policy":               {func(p *policy, _ *binding) { p.Generation = 2 }, "the policy" + editedMessage},
		"an edited binding":              {func(_ *policy, b *binding) { b.Generation = 3 }, "the binding" + editedMessage},
		"a policy that is being deleted": {func(p *policy, _ *binding) { p.DeletionTimestamp = &metav1.Time{} }, "it is being deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			p, b := readShippedPolicy(t)
			p.Generation, b.Generation = 1, 1
			test.change(p, b)
			if got := policyMismatch(p, b); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestPolicyCoversEveryField: an edit of one of the true fields requests another version, so the
// policy must compare it. A new field of the spec must be added here.
func TestPolicyCoversEveryField(t *testing.T) {
	requestsVersion := map[string]bool{
		"version": true, "versionFrom": true, "override": true,
		"modelRef": false, "stage": false, "gates": false, "mode": false, "expectedCurrentVersion": false, "requestedBy": false, "suspend": false,
	}
	expression := requiredValidations[1].expression
	for field := range reflect.TypeFor[v1alpha1.ModelPromotionSpec]().Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		want, known := requestsVersion[name]
		if !known {
			t.Errorf("add %s here: does it say which version the promotion requests?", name)
		}
		if got := strings.Contains(expression, "object.spec.?"+name+" == oldObject.spec.?"+name); got != want {
			t.Errorf("the policy compares %s: %t, want %t", name, got, want)
		}
	}
}

// TestLatestCreation: both have been in force since the younger one was created.
func TestLatestCreation(t *testing.T) {
	for _, second := range []int64{5, 10, 50} {
		older := &policy{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.Unix(second, 0)}}
		younger := &binding{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: metav1.Unix(10, 0)}}
		if got, want := latestCreation(older, younger), time.Unix(max(second, 10), 0); !got.Equal(want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}
