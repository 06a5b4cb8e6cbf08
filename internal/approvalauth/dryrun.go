// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approvalauth

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// nonexistentUser is a user that no cluster has.
const nonexistentUser = "registry.mlflow-operator.io:nobody"

// verifyNamespace finds out since when names are authentic in a namespace.
func (p *Verifier) verifyNamespace(ctx context.Context, namespace string) (time.Time, error) {
	by, err := p.dryRunApproval(ctx, namespace)
	if err != nil {
		return time.Time{}, err
	}
	policy, binding, err := p.readPolicy(ctx, by)
	if err != nil {
		return time.Time{}, err
	}
	if flaw := policyMismatch(policy, binding); flaw != "" {
		return time.Time{}, fmt.Errorf("%s refuses a false name in namespace %s, but is not the policy that is shipped: %s; apply config/policy",
			by, namespace, flaw)
	}
	return latestCreation(policy, binding).Add(p.options.PropagationDelay), nil
}

// dryRunApproval asks for an approval in nobody's name, and says by whom that was refused.
func (p *Verifier) dryRunApproval(ctx context.Context, namespace string) (policyRef, error) {
	err := p.creator.Create(ctx, newProbeApproval(namespace), client.DryRunAll)
	by, denied := parseDenial(err)
	switch {
	case err == nil:
		return by, fmt.Errorf("no ValidatingAdmissionPolicy holds user names to who writes them in namespace %s: apply config/policy", namespace)
	case !denied:
		return by, fmt.Errorf("it can't be told whether user names are held to who writes them in namespace %s, "+
			"since a false one is refused for another reason: %s", namespace, sanitize.CleanText(err.Error(), 200))
	}
	return by, nil
}

// newProbeApproval is what must be refused, and is valid but for the name.
func newProbeApproval(namespace string) *v1alpha1.PromotionApproval {
	return &v1alpha1.PromotionApproval{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "forgery"},
		Spec: v1alpha1.PromotionApprovalSpec{
			PromotionRef: v1alpha1.LocalReference{Name: "forgery"},
			Version:      "1",
			Decision:     v1alpha1.DecisionApprove,
			Approver:     nonexistentUser,
			Reason:       "a dry run of the operator, which must be refused",
		},
	}
}

// policyRef is the policy and the binding of a refusal.
type policyRef struct {
	policy, binding string
}

func (d policyRef) String() string {
	return fmt.Sprintf("ValidatingAdmissionPolicy %s with binding %s", d.policy, d.binding)
}

// denialPattern is how the API server names who refused, in a cause of the error.
var denialPattern = regexp.MustCompile(`^ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: `)

// parseDenial finds out which policy refused a request, if one did.
func parseDenial(err error) (policyRef, bool) {
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Details == nil {
		return policyRef{}, false
	}
	for _, cause := range status.Status().Details.Causes {
		if match := denialPattern.FindStringSubmatch(cause.Message); match != nil {
			return policyRef{policy: match[1], binding: match[2]}, true
		}
	}
	return policyRef{}, false
}

func (p *Verifier) readPolicy(ctx context.Context, by policyRef) (
	*admissionv1.ValidatingAdmissionPolicy, *admissionv1.ValidatingAdmissionPolicyBinding, error,
) {
	var policy admissionv1.ValidatingAdmissionPolicy
	if err := p.reader.Get(ctx, client.ObjectKey{Name: by.policy}, &policy); err != nil {
		return nil, nil, fmt.Errorf("read ValidatingAdmissionPolicy %s: %w", by.policy, err)
	}
	var binding admissionv1.ValidatingAdmissionPolicyBinding
	if err := p.reader.Get(ctx, client.ObjectKey{Name: by.binding}, &binding); err != nil {
		return nil, nil, fmt.Errorf("read ValidatingAdmissionPolicyBinding %s: %w", by.binding, err)
	}
	return &policy, &binding, nil
}
