// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package approval

import (
	"os"
	"os/exec"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

func readyMessage(p *v1alpha1.ModelPromotion) string {
	return meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady).Message
}

// anyoneMessage says who may approve if the gate names no approvers.
func anyoneMessage(e *env.Env) string {
	return "any user who can create a PromotionApproval in namespace " + e.Namespace
}

// editPromotionAs edits the promotion as a user. It is a patch, so that concurrent writes do not conflict.
func editPromotionAs(ctx SpecContext, e *env.Env, user string, change func(*v1alpha1.ModelPromotionSpec)) error {
	GinkgoHelper()
	p := e.GetPromotion(ctx)
	before := p.DeepCopy()
	change(&p.Spec)
	return env.NewClientAs(user).Patch(ctx, p, client.MergeFrom(before))
}

// runCommand runs a command as a user, with a fake kubectl that implements two subcommands.
func runCommand(ctx SpecContext, e *env.Env, user, command string) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	object := filepath.Join(dir, "object.json")
	kubectl := "#!/bin/sh\ncase \"$*\" in\n" +
		"'auth whoami -o jsonpath={.status.userInfo.username}') printf %s '" + user + "' ;;\n" +
		"'create -n " + e.Namespace + " -f -') cat > " + object + " ;;\n*) exit 1 ;;\nesac\n"
	Expect(os.WriteFile(filepath.Join(dir, "kubectl"), []byte(kubectl), 0o700)).To(Succeed())
	shell := exec.CommandContext(ctx, "sh", "-c", command)
	shell.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	output, err := shell.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%s", output)
	content, err := os.ReadFile(object)
	Expect(err).NotTo(HaveOccurred())
	var approval v1alpha1.PromotionApproval
	Expect(yaml.UnmarshalStrict(content, &approval)).To(Succeed())
	approval.Namespace = e.Namespace
	Expect(env.NewClientAs(user).Create(ctx, &approval)).To(Succeed())
}

// waitForApprovals waits until a version waits for approvals while production has no current version. The message
// says who may approve, then the command, then which approvals do not count.
func waitForApprovals(ctx SpecContext, e *env.Env, version, who, notCounted string) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	return waitForApprovalsBehind(ctx, e, "", version, who, notCounted)
}

// waitForApprovalsBehind is waitForApprovals while production has a current version.
func waitForApprovalsBehind(ctx SpecContext, e *env.Env, currentVersion, version, who, notCounted string) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	var p *v1alpha1.ModelPromotion
	Eventually(func(g Gomega) {
		// A fresh object: a read into an old one keeps fields that are absent now.
		p = e.PromotionObject(env.ToProduction)
		g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(p), p)).To(Succeed())
		status, kinds := env.StatusAndKinds(p)
		g.Expect(status.ObservedGeneration).To(Equal(status.Generation))
		g.Expect(p.Annotations[v1alpha1.ReconcileRequestedAtAnnotation]).To(Equal(env.HandledRequest(p)))
		g.Expect(condition.FindViolations(status, kinds...)).To(BeEmpty())
		v := env.Expectation{
			Version: version, CurrentVersion: currentVersion, Reason: "WaitingForApproval",
			Detail: "version " + version + " has " + who + " may approve it: " + approvalCommand(e, version, p.Status.EvidenceDigest) +
				notCounted + " (gate sign-off)",
		}
		g.Expect(env.ConditionLines(p)).To(Equal(v.WaitingConditions()))
	}).WithContext(ctx).Should(Succeed())
	return p
}

// approvalCommand is the command in the message, which users can copy.
func approvalCommand(e *env.Env, version, digest string) string {
	return `echo '{"apiVersion":"registry.mlflow-operator.io/v1alpha1","kind":"PromotionApproval",` +
		`"metadata":{"generateName":"approve-` + version + `-"},"spec":{"promotionRef":{"name":"to-production"},` +
		`"version":"` + version + `","decision":"Approve",` +
		`"approver":"'"$(kubectl auth whoami -o jsonpath={.status.userInfo.username})"'","evidence":"` + digest + `"}}'` +
		` | kubectl create -n ` + e.Namespace + ` -f -`
}
