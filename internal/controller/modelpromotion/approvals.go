// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// Identities proves that user names in objects are those of the users who wrote them.
type Identities interface {
	// Since is the time after which that is so in a namespace, or the reason, for people, why
	// it is not. Afresh, nothing that was found out before counts.
	Since(ctx context.Context, namespace string, afresh bool) (time.Time, error)
}

// unproven is the Identities of a Reconciler that was given none.
type unproven struct{}

var _ Identities = unproven{}

func (unproven) Since(context.Context, string, bool) (time.Time, error) {
	return time.Time{}, errors.New("the operator has no way to prove that user names are authentic")
}

func (r *Reconciler) identities() Identities {
	if r.Identities == nil {
		return unproven{}
	}
	return r.Identities
}

// The operator proves that approvals can't be forged by trying to forge one, as a dry run. The
// very policy keeps it from approving in any name but its own.
//
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=promotionapprovals,verbs=create;get;list;watch
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=validatingadmissionpolicies;validatingadmissionpolicybindings,verbs=get

// readPeople reads what people said, or whether their names are to be trusted. What can't be
// read is evidence, too.
func (r *Reconciler) readPeople(ctx context.Context, s *scope, ref gate.Ref) {
	switch ref.Kind {
	case gate.RefApprovals:
		approvals, err := kube.ApprovalsOf(ctx, r.Client, client.ObjectKeyFromObject(s.object))
		if err != nil {
			s.evidence.PutUnreadable(ref, err.Error())
			return
		}
		s.evidence.PutApprovals(ref, approvals)
	default:
		since, err := r.identities().Since(ctx, s.object.Namespace, s.requested)
		if err != nil {
			s.evidence.PutUnreadable(ref, err.Error())
			return
		}
		s.evidence.PutIdentity(ref, since)
	}
}

// confirmApprovals asks the API server itself, as the last thing before the first write,
// whether people still say what the gates have counted, and whether their names are still to
// be trusted: an approval that is gone, or a Reject that has come, must not be missed.
func (r *Reconciler) confirmApprovals(ctx context.Context, s *scope) outcome.Outcome {
	promotion := client.ObjectKeyFromObject(s.object)
	if counted, asked := s.evidence.Approvals(gate.ApprovalsRef(promotion.Name)); asked {
		now, err := kube.ApprovalsOf(ctx, r.Reader, promotion)
		if err != nil {
			return outcome.Retry(v1alpha1.ReasonProgressing, err)
		}
		if !slices.Equal(voices(counted), voices(now)) {
			return telling.StartAgain("an approval came or went while the gates were evaluated")
		}
	}
	if trusted, asked := s.evidence.Identity(gate.IdentityRef(promotion.Namespace)); asked {
		since, err := r.identities().Since(ctx, promotion.Namespace, true)
		if err != nil || !since.Equal(trusted) {
			return telling.StartAgain("the policy that makes user names authentic changed while the gates were evaluated")
		}
	}
	return outcome.Done()
}

// voices are who says something, sorted. What they say never changes.
func voices(approvals []v1alpha1.PromotionApproval) []string {
	var all []string
	for i := range approvals {
		voice := string(approvals[i].UID)
		if approvals[i].DeletionTimestamp != nil {
			voice += " leaves"
		}
		all = append(all, voice)
	}
	slices.SortFunc(all, strings.Compare)
	return all
}
