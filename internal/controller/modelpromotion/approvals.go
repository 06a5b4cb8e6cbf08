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
	// EffectiveSince returns the time since which that is so in a namespace, or an error that says to
	// users why it is not. If fresh is true, no earlier proof counts.
	EffectiveSince(ctx context.Context, namespace string, fresh bool) (time.Time, error)
}

// noVerifier is the ApprovalVerifier of a Reconciler without one.
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
// same policy keeps it from approving in any name but its own.
//
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=promotionapprovals,verbs=create;get;list;watch
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=validatingadmissionpolicies;validatingadmissionpolicybindings,verbs=get

// readApprovalEvidence reads the approvals, or whether their user names are authentic. What can't be
// read is evidence, too.
func (r *Reconciler) readApprovalEvidence(ctx context.Context, s *scope, key gate.Key) {
	if key.Kind == gate.KindApprovals {
		approvals, err := kubeutil.ListApprovalsByPromotion(ctx, r.Client, client.ObjectKeyFromObject(s.Object))
		if err != nil {
			s.evidence.PutUnreadable(key, err.Error())
			return
		}
		s.evidence.Put(key, approvals)
		return
	}
	since, err := r.approvalVerifier().EffectiveSince(ctx, s.Object.Namespace, s.ReconcileRequested)
	if err != nil {
		s.evidence.PutUnreadable(key, err.Error())
		return
	}
	s.evidence.Put(key, since)
}

// revalidateApprovals makes sure, as the last thing before the first write, that the API server
// still has the approvals that the gates have counted, and that their user names are still
// authentic: an approval that was deleted, or a new rejection, must not be missed.
func (r *Reconciler) revalidateApprovals(ctx context.Context, s *scope) reconciler.Result {
	key := client.ObjectKeyFromObject(s.Object)
	if counted, found := s.evidence.Approvals(gate.ApprovalsKey(key.Name)); found {
		now, err := kubeutil.ListApprovalsByPromotion(ctx, r.APIReader, key)
		if err != nil {
			return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
		}
		if !slices.Equal(listApprovalIDs(counted), listApprovalIDs(now)) {
			return reconciler.RequeueConflict("an approval was created or deleted while the gates were evaluated")
		}
	}
	if before, found := s.evidence.Identity(gate.IdentityKey(key.Namespace)); found {
		since, err := r.approvalVerifier().EffectiveSince(ctx, key.Namespace, true)
		if err != nil || !since.Equal(before) {
			return reconciler.RequeueConflict("the policy that makes user names authentic changed while the gates were evaluated")
		}
	}
	return reconciler.Continue()
}

// listApprovalIDs identifies approvals, sorted, and which of them are being deleted. Their spec never changes.
func listApprovalIDs(approvals []v1alpha1.PromotionApproval) []string {
	var ids []string
	for i := range approvals {
		id := string(approvals[i].UID)
		if approvals[i].DeletionTimestamp != nil {
			id += " is being deleted"
		}
		ids = append(ids, id)
	}
	slices.SortFunc(ids, strings.Compare)
	return ids
}
