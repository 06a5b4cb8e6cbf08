// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// people is the group of everybody who may write promotions and approvals in a story.
const people = "people"

// newApprovalEnv is a world in which nobody has asked for a version yet, whose production has these
// gates. What is registered was registered an hour ago: approvals are younger.
func newApprovalEnv(ctx SpecContext, gates []v1alpha1.Gate, versions ...metrics) *env {
	GinkgoHelper()
	ahead := &atomic.Int64{}
	ahead.Store(int64(-time.Hour))
	e := newEnv(ctx, mlflowtest.Options{Clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	e.advanceClock = func(by time.Duration) { ahead.Add(int64(by)) }
	e.grantWriteRoles(ctx)
	e.createObject(ctx, e.newConnection())
	e.registerModel(ctx, versions...)
	e.createObject(ctx, newModelWithGates(gates...))
	waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
	return e
}

// grantWriteRoles gives people the shipped roles for promotions and approvals.
func (e *env) grantWriteRoles(ctx SpecContext) {
	GinkgoHelper()
	for _, kind := range []string{"modelpromotion", "promotionapproval"} {
		role := &rbacv1.ClusterRole{}
		readRole(kind+"_editor_role.yaml", role)
		Expect(client.IgnoreAlreadyExists(controlPlane.Client.Create(ctx, role))).To(Succeed())
		Expect(controlPlane.Client.Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: kind},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: people}},
		})).To(Succeed())
	}
}

// clientAs is what a person does.
func clientAs(user string) client.Client {
	GinkgoHelper()
	config := rest.CopyConfig(controlPlane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{people}}
	c, err := client.New(config, client.Options{Scheme: controlPlane.Client.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	return c
}

// createPromotion is a promotion that is there, in an earlier second than approvals of it.
func (e *env) createPromotion(ctx SpecContext, b *builder.PromotionBuilder) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	p := e.createObject(ctx, b).(*v1alpha1.ModelPromotion)
	e.waitUntilOlder(ctx, p)
	return p
}

// waitUntilOlder waits until what is created is younger than an object, in whole seconds.
func (e *env) waitUntilOlder(ctx SpecContext, obj client.Object) {
	GinkgoHelper()
	Eventually(func() time.Time {
		now, err := controlPlane.ServerTime(ctx)
		Expect(err).NotTo(HaveOccurred())
		return now
	}).WithContext(ctx).Should(BeTemporally(">", obj.GetCreationTimestamp().Time))
}

// createApproval creates an approval as its approver.
func (e *env) createApproval(ctx SpecContext, b *builder.ApprovalBuilder) *v1alpha1.PromotionApproval {
	GinkgoHelper()
	approval := b.Namespace(e.namespace).Build()
	Expect(clientAs(string(approval.Spec.Approver)).Create(ctx, approval)).To(Succeed())
	return approval
}

// editPromotionAs edits the promotion as a person, whatever else is written to it meanwhile.
func (e *env) editPromotionAs(ctx SpecContext, user string, change func(*v1alpha1.ModelPromotionSpec)) error {
	GinkgoHelper()
	p := e.getPromotion(ctx)
	before := p.DeepCopy()
	change(&p.Spec)
	return clientAs(user).Patch(ctx, p, client.MergeFrom(before))
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
		g.Expect(controlPlane.Client.Get(ctx, keyOf(p), p)).To(Succeed())
		status, kinds := statusAndKinds(p)
		g.Expect(status.ObservedGeneration).To(Equal(status.Generation))
		g.Expect(p.Annotations[v1alpha1.ReconcileRequestedAtAnnotation]).To(Equal(handledRequest(p)))
		g.Expect(condition.FindViolations(status, kinds...)).To(BeEmpty())
		v := expectation{
			version: version, currentVersion: holder, reason: "WaitingForApproval",
			cause: "version " + version + " has " + who + " may approve it: " + e.approvalCommand(version, p.Status.EvidenceDigest) +
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
	Expect(clientAs(user).Create(ctx, &approval)).To(Succeed())
}

func readyMessage(p *v1alpha1.ModelPromotion) string {
	return meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady).Message
}

// anyoneMessage is who may approve where no approvers are named.
func (e *env) anyoneMessage() string {
	return "any user who can create a PromotionApproval in namespace " + e.namespace
}
