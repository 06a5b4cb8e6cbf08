// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

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
)

func readyMessage(p *v1alpha1.ModelPromotion) string {
	return meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady).Message
}

// anyoneMessage is who may approve where no approvers are named.
func (e *env) anyoneMessage() string {
	return "whoever may create a PromotionApproval in namespace " + e.namespace
}

// editPromotionAs edits the promotion as a person, whatever else is written to it meanwhile.
func (e *env) editPromotionAs(ctx SpecContext, user string, change func(*v1alpha1.ModelPromotionSpec)) error {
	GinkgoHelper()
	p := e.getPromotion(ctx)
	before := p.DeepCopy()
	change(&p.Spec)
	return newClientAs(user).Patch(ctx, p, client.MergeFrom(before))
}

// runCommand runs a command as a person, with a kubectl that knows two commands.
func (e *env) runCommand(ctx SpecContext, user, command string) {
	GinkgoHelper()
	dir := GinkgoT().TempDir()
	object := filepath.Join(dir, "object.json")
	kubectl := "#!/bin/sh\ncase \"$*\" in\n" +
		"'auth whoami -o jsonpath={.status.userInfo.username}') printf %s '" + user + "' ;;\n" +
		"'create -n " + e.namespace + " -f -') cat > " + object + " ;;\n*) exit 1 ;;\nesac\n"
	Expect(os.WriteFile(filepath.Join(dir, "kubectl"), []byte(kubectl), 0o700)).To(Succeed())
	shell := exec.CommandContext(ctx, "sh", "-c", command)
	shell.Env = append(os.Environ(), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	output, err := shell.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "%s", output)
	content, err := os.ReadFile(object)
	Expect(err).NotTo(HaveOccurred())
	var approval v1alpha1.PromotionApproval
	Expect(yaml.UnmarshalStrict(content, &approval)).To(Succeed())
	approval.Namespace = e.namespace
	Expect(newClientAs(user).Create(ctx, &approval)).To(Succeed())
}

// waitForApprovals waits until version 1 or another one waits for people, and nobody holds production.
// What is said of who may approve comes before the command, what was not counted after it.
func (e *env) waitForApprovals(ctx SpecContext, version, who, notCounted string) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	return e.waitForApprovalsBehind(ctx, "", version, who, notCounted)
}

// waitForApprovalsBehind is the same where a version holds production.
func (e *env) waitForApprovalsBehind(ctx SpecContext, holder, version, who, notCounted string) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	var p *v1alpha1.ModelPromotion
	Eventually(func(g Gomega) {
		// What is absent now would stay in one that was read before.
		p = e.promotionObject(toProduction)
		g.Expect(controlPlane.Client.Get(ctx, objectKey(p), p)).To(Succeed())
		status, kinds := statusAndKinds(p)
		g.Expect(status.ObservedGeneration).To(Equal(status.Generation))
		g.Expect(p.Annotations[v1alpha1.ReconcileRequestedAtAnnotation]).To(Equal(handledRequest(p)))
		g.Expect(condition.FindViolations(status, kinds...)).To(BeEmpty())
		v := expectation{
			version: version, currentVersion: holder, reason: "WaitingForApproval",
			detail: "version " + version + " has " + who + " may approve it: " + e.approvalCommand(version, p.Status.EvidenceDigest) +
				notCounted + " (gate sign-off)",
		}
		g.Expect(conditionLines(p)).To(Equal(v.waitingConditions()))
	}).WithContext(ctx).Should(Succeed())
	return p
}

// approvalCommand is what a person may copy from the message.
func (e *env) approvalCommand(version, digest string) string {
	return `echo '{"apiVersion":"registry.mlflow-operator.io/v1alpha1","kind":"PromotionApproval",` +
		`"metadata":{"generateName":"approve-` + version + `-"},"spec":{"promotionRef":{"name":"to-production"},` +
		`"version":"` + version + `","decision":"Approve",` +
		`"approver":"'"$(kubectl auth whoami -o jsonpath={.status.userInfo.username})"'","evidence":"` + digest + `"}}'` +
		` | kubectl create -n ` + e.namespace + ` -f -`
}
