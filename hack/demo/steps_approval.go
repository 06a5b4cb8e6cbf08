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

// registerRun logs a run as a user who may not register versions in MLflow, and declares a
// ModelVersion for it. Staging selects the version by its tag.
func registerRun(ctx context.Context, e *environment) error {
	run, err := e.logRun(ctx, "tuned")
	if err != nil {
		return err
	}
	object := `apiVersion: registry.mlflow-operator.io/v1alpha1
kind: ModelVersion
metadata: {name: ` + tunedObject + `, namespace: ` + namespace + `}
spec:
  modelRef: {name: ` + model + `}
  source: {runID: ` + run + `}
  description: A forest of 150 trees
  tags: {validated: "true"}`
	e.printCommand("kubectl apply --server-side -f - <<END\n%s\nEND", object)
	if _, err := e.applyDocument(ctx, object); err != nil {
		return err
	}
	var v v1alpha1.ModelVersion
	if err := e.waitForObject(ctx, &v, tunedObject, "the run to be registered as version "+tunedVersion, func() (bool, string) {
		registered, state := isReady(v.Generation, v.Status.Conditions)
		return registered && v.Status.Version == tunedVersion && len(v.Status.Stages) == 1, state
	}); err != nil {
		return err
	}
	if err := e.waitForCurrent(ctx, staging, tunedVersion); err != nil {
		return err
	}
	e.printCommand("kubectl get mver %s -n %s", tunedObject, namespace)
	return e.showTable(ctx, tablePaths["mver"], map[string]string{"fieldSelector": "metadata.name=" + tunedObject})
}

// Both users may create approvals.
const (
	approver = "alice@example.com"
	impostor = "mallory@example.com"
)

// forgeApproval adds a gate to production that requires an approval by the approver. The impostor
// tries to create it.
func forgeApproval(ctx context.Context, e *environment) error {
	if err := e.allowApprovals(ctx, approver, impostor); err != nil {
		return err
	}
	gate := `{"spec":{"stages":[{"name":"production","gates":[{"name":"sign-off",` +
		`"approval":{"approvers":[{"kind":"User","name":"` + approver + `"}]}}]}]}}`
	if err := e.editModel(ctx, gate); err != nil {
		return err
	}
	if err := e.waitForModel(ctx, model); err != nil {
		return err
	}
	if err := e.requestVersion(ctx, tunedVersion); err != nil {
		return err
	}
	if err := e.waitForPromotion(ctx, production, "version "+tunedVersion+" to wait for an approval", func(p *v1alpha1.ModelPromotion) bool {
		return readyCondition(p).Reason == v1alpha1.ReasonWaitingForApproval && p.Status.CurrentVersion == "1" &&
			p.Status.Candidate.Version == tunedVersion
	}); err != nil {
		return err
	}
	if err := e.showMessage(ctx, production); err != nil {
		return err
	}
	switch err := e.createApproval(ctx, impostor); {
	case apierrors.IsForbidden(err):
		_, _ = fmt.Fprintln(e.out, "Error from server (Forbidden):", err)
		return e.showTables(ctx, "promo")
	case err != nil:
		return err
	default:
		return fmt.Errorf("%s could approve in the name of %s", impostor, approver)
	}
}

// allowApprovals binds the role for approvals to users.
func (e *environment) allowApprovals(ctx context.Context, users ...string) error {
	role, err := manager.InstallRole(ctx, e.plane.Client, "promotionapproval_editor_role.yaml")
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
	e.printCommand("kubectl create rolebinding reviewers -n %s --clusterrole=%s --user=%s", namespace, role, strings.Join(users, " --user="))
	return e.plane.Client.Create(ctx, binding)
}

// createApproval creates, as a user, an approval that names the approver.
func (e *environment) createApproval(ctx context.Context, user string) error {
	var p v1alpha1.ModelPromotion
	if err := e.getObject(ctx, &p, production); err != nil {
		return err
	}
	approval := &v1alpha1.PromotionApproval{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: production + "-" + tunedVersion},
		Spec: v1alpha1.PromotionApprovalSpec{
			PromotionRef: v1alpha1.LocalReference{Name: production}, Version: tunedVersion, Decision: v1alpha1.DecisionApprove,
			Approver: approver, Reason: "reviewed 200 headlines", Evidence: v1alpha1.EvidenceDigest(p.Status.EvidenceDigest),
		},
	}
	e.printCommand(`kubectl create --as=%s -f - <<END
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
END`, user, approval.Name, namespace, production, tunedVersion, approver, approval.Spec.Reason, approval.Spec.Evidence)
	c, err := e.impersonate(user)
	if err != nil {
		return err
	}
	return c.Create(ctx, approval, client.FieldOwner("kubectl"))
}

// approveVersion creates the approval as the approver. A service that loads the model by its
// stage then gets the new version.
func approveVersion(ctx context.Context, e *environment) error {
	if err := e.createApproval(ctx, approver); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(e.out, "promotionapproval.registry.mlflow-operator.io/%s-%s created\n", production, tunedVersion)
	if err := e.waitForCurrent(ctx, production, tunedVersion); err != nil {
		return err
	}
	if err := e.showTables(ctx, "pappr", "promo"); err != nil {
		return err
	}
	if err := e.showStatus(ctx, production, "history[0]", func(p *v1alpha1.ModelPromotion) any { return p.Status.History[0] }); err != nil {
		return err
	}
	return e.loadModel(ctx)
}
