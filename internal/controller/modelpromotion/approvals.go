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
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
)

// ApprovalVerifier proves that user names in objects are those of the users who wrote them.
type ApprovalVerifier interface {
	// EffectiveSince is the time after which that is so in a namespace, or the reason, for people, why
	// it is not. Afresh, nothing that was found out before counts.
	EffectiveSince(ctx context.Context, namespace string, afresh bool) (time.Time, error)
}

// noVerifier is the Identities of a Reconciler that was given none.
type noVerifier struct{}

var _ ApprovalVerifier = noVerifier{}

func (noVerifier) EffectiveSince(context.Context, string, bool) (time.Time, error) {
	return time.Time{}, errors.New("the operator has no way to prove that user names are authentic")
}

func (r *Reconciler) approvalVerifier() ApprovalVerifier {
	if r.ApprovalVerifier == nil {
		return noVerifier{}
	}
	return r.ApprovalVerifier
}

// The operator proves that approvals can't be forged by trying to forge one, as a dry run. The
// very policy keeps it from approving in any name but its own.
//
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=promotionapprovals,verbs=create;get;list;watch
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=validatingadmissionpolicies;validatingadmissionpolicybindings,verbs=get

// readApprovalEvidence reads what people said, or whether their names are to be trusted. What can't be
// read is evidence, too.
func (r *Reconciler) readApprovalEvidence(ctx context.Context, s *scope, ref gate.Key) {
	if ref.Kind == gate.KindApprovals {
		approvals, err := kubeutil.ListApprovalsByPromotion(ctx, r.Client, client.ObjectKeyFromObject(s.object))
		if err != nil {
			s.evidence.PutUnreadable(ref, err.Error())
			return
		}
		s.evidence.Put(ref, approvals)
		return
	}
	since, err := r.approvalVerifier().EffectiveSince(ctx, s.object.Namespace, s.reconcileRequested)
	if err != nil {
		s.evidence.PutUnreadable(ref, err.Error())
		return
	}
	s.evidence.Put(ref, since)
}

// revalidateApprovals asks the API server itself, as the last thing before the first write,
// whether people still say what the gates have counted, and whether their names are still to
// be trusted: an approval that is gone, or a Reject that has come, must not be missed.
func (r *Reconciler) revalidateApprovals(ctx context.Context, s *scope) reconciler.Result {
	promotion := client.ObjectKeyFromObject(s.object)
	if counted, asked := s.evidence.Approvals(gate.ApprovalsKey(promotion.Name)); asked {
		now, err := kubeutil.ListApprovalsByPromotion(ctx, r.APIReader, promotion)
		if err != nil {
			return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
		}
		if !slices.Equal(listApprovalIDs(counted), listApprovalIDs(now)) {
			return reconciler.RequeueConflict("an approval came or went while the gates were evaluated")
		}
	}
	if trusted, asked := s.evidence.Identity(gate.IdentityKey(promotion.Namespace)); asked {
		since, err := r.approvalVerifier().EffectiveSince(ctx, promotion.Namespace, true)
		if err != nil || !since.Equal(trusted) {
			return reconciler.RequeueConflict("the policy that makes user names authentic changed while the gates were evaluated")
		}
	}
	return reconciler.Continue()
}

// listApprovalIDs are who says something, sorted. What they say never changes.
func listApprovalIDs(approvals []v1alpha1.PromotionApproval) []string {
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
