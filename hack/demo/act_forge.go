// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/manager"
)

// Two people, who both may create approvals.
const (
	alice   = "alice@example.com"
	mallory = "mallory@example.com"
)

// forge adds a gate to production that wants the word of one of them. The other gives it in
// her name.
func forge(ctx context.Context, w *world) error {
	if err := w.letApprove(ctx, alice, mallory); err != nil {
		return err
	}
	gate := `{"spec":{"stages":[{"name":"production","gates":[{"name":"sign-off",` +
		`"approval":{"approvers":[{"kind":"User","name":"` + alice + `"}]}}]}]}}`
	if err := w.editModel(ctx, gate); err != nil {
		return err
	}
	if err := w.awaitModel(ctx, model); err != nil {
		return err
	}
	if err := w.wantVersion(ctx, tuned); err != nil {
		return err
	}
	if err := w.awaitPromotion(ctx, production, "version "+tuned+" to wait for an approval", func(p *v1alpha1.ModelPromotion) bool {
		return ready(p).Reason == v1alpha1.ReasonWaitingForApproval && p.Status.CurrentVersion == "1" && p.Status.Candidate.Version == tuned
	}); err != nil {
		return err
	}
	if err := w.showMessage(ctx, production); err != nil {
		return err
	}
	switch err := w.approve(ctx, mallory); {
	case apierrors.IsForbidden(err):
		_, _ = fmt.Fprintln(w.out, "Error from server (Forbidden):", err)
		return w.show(ctx, "promo")
	case err != nil:
		return err
	default:
		return fmt.Errorf("%s could approve in the name of %s", mallory, alice)
	}
}

// letApprove gives people the role for approvals.
func (w *world) letApprove(ctx context.Context, users ...string) error {
	role, err := manager.InstallRole(ctx, w.plane.Client, "promotionapproval_editor_role.yaml")
	if err != nil {
		return err
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "reviewers"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
	}
	for _, user := range users {
		binding.Subjects = append(binding.Subjects, rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user})
	}
	w.command("kubectl create rolebinding reviewers -n %s --clusterrole=%s --user=%s", namespace, role, strings.Join(users, " --user="))
	return w.plane.Client.Create(ctx, binding)
}

// approve creates an approval of the tuned version in alice's name, as the user.
func (w *world) approve(ctx context.Context, user string) error {
	var p v1alpha1.ModelPromotion
	if err := w.get(ctx, &p, production); err != nil {
		return err
	}
	approval := &v1alpha1.PromotionApproval{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: production + "-" + tuned},
		Spec: v1alpha1.PromotionApprovalSpec{
			PromotionRef: v1alpha1.LocalReference{Name: production}, Version: tuned, Decision: v1alpha1.DecisionApprove,
			Approver: alice, Reason: "looked at 200 headlines", Evidence: v1alpha1.EvidenceDigest(p.Status.EvidenceDigest),
		},
	}
	w.command(`kubectl create --as=%s -f - <<END
apiVersion: registry.mlflow-operator.io/v1alpha1
kind: PromotionApproval
metadata: {name: %s, namespace: %s}
spec:
  promotionRef: {name: %s}
  version: "%s"
  decision: Approve
  approver: %s
  reason: %s
  evidence: %s
END`, user, approval.Name, namespace, production, tuned, alice, approval.Spec.Reason, approval.Spec.Evidence)
	c, err := w.as(user)
	if err != nil {
		return err
	}
	return c.Create(ctx, approval, client.FieldOwner("kubectl"))
}
