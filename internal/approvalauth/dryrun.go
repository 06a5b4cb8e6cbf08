// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approvalauth

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// nonexistentUser is a user name that no cluster has.
const nonexistentUser = "registry.mlflow-operator.io:nonexistent-user"

// dryRunApproval sends a dry run of an approval by nonexistentUser. It returns the policy
// that rejected it; any other answer is an error.
func dryRunApproval(ctx context.Context, creator client.Writer, namespace string) (policyRef, error) {
	err := creator.Create(ctx, newProbeApproval(namespace), client.DryRunAll)
	if err == nil {
		return policyRef{}, fmt.Errorf("no ValidatingAdmissionPolicy enforces spec.approver in namespace %s: apply config/policy", namespace)
	}
	ref, denied := parseDenial(err)
	if !denied {
		return policyRef{}, fmt.Errorf("cannot verify that a ValidatingAdmissionPolicy enforces spec.approver in namespace %s: "+
			"the API server rejects a forged approval for another reason: %s", namespace, sanitize.CleanText(err.Error(), 200))
	}
	return ref, nil
}

// newProbeApproval returns an approval that is valid except for its approver.
func newProbeApproval(namespace string) *v1alpha1.PromotionApproval {
	return &v1alpha1.PromotionApproval{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "forgery"},
		Spec: v1alpha1.PromotionApprovalSpec{
			PromotionRef: v1alpha1.LocalReference{Name: "forgery"},
			Version:      "1",
			Decision:     v1alpha1.DecisionApprove,
			Approver:     nonexistentUser,
			Reason:       "a dry run of the operator: the API server must reject it",
		},
	}
}

// policyRef names the policy and the binding of a rejection.
type policyRef struct {
	policy, binding string
}

func (r policyRef) String() string {
	return fmt.Sprintf("ValidatingAdmissionPolicy %s with binding %s", r.policy, r.binding)
}

// denialPattern matches the text in which the API server names the policy that rejected a
// request, in a cause of the error.
var denialPattern = regexp.MustCompile(`^ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: `)

// parseDenial returns the policy that rejected a request. It reads the error's causes only:
// the text of an error can quote what a user wrote.
func parseDenial(err error) (ref policyRef, denied bool) {
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
