// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// account is the operator as the API server knows it.
const operatorAccount = "mlflow-registry-operator"

// newRestrictedConfig is how a process reaches the API server that has the rights of
// config/rbac/role.yaml and no others.
func newRestrictedConfig(ctx SpecContext) *rest.Config {
	GinkgoHelper()
	role := &rbacv1.ClusterRole{}
	readRole("role.yaml", role)
	Expect(client.IgnoreAlreadyExists(controlPlane.Client.Create(ctx, role))).To(Succeed())
	Expect(client.IgnoreAlreadyExists(controlPlane.Client.Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: operatorAccount},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: operatorAccount}},
	}))).To(Succeed())
	config := rest.CopyConfig(controlPlane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: operatorAccount}
	return config
}

var _ = Describe("The rights of the operator", func() {
	It("suffice for all that it does, and for nothing else", func(ctx SpecContext) {
		config := newRestrictedConfig(ctx)
		restartOperator(config)
		DeferCleanup(func() { restartOperator(controlPlane.Config) })

		e, connection := newAuthenticatedEnv(ctx, "s3cret")
		e.createObject(ctx, newLoginSecret("s3cret"))
		e.createObject(ctx, connection)
		e.createClass(ctx, builder.Class(e.namespace).RequireTag("team", "nlp"))
		waitForConditions(ctx, e.classObject(), acceptedConditions()...)
		e.createObject(ctx, newDescribedModel().Class(e.namespace).Stages(builder.Stage("production").Alias("champion")))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		e.registerRunVersion(ctx, modelName, nil, nil)
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)
		e.waitForPromotionEvents(ctx, toProduction, "Normal Promoted: alias champion of model sentiment was set to version 1; no version held it before")

		By("registering a version, and deleting it with its object")
		e.createObject(ctx, builder.ModelVersion("candidate").Run(e.createRun(ctx, nil)).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		waitForConditions(ctx, e.versionObject("candidate"), registeredConditions("2")...)
		Expect(controlPlane.Client.Delete(ctx, e.versionObject("candidate"))).To(Succeed())
		e.waitForVersionEvents(ctx, "candidate", registeredEvent("2", e.mlflow.Version(modelName, "2").Source),
			"Normal Deleted: version 2 of model sentiment deleted in MLflow, as deletionPolicy says")

		By("serving a connection that namespaces share, by their labels")
		shared := builder.ClusterConnection(e.namespace).FromConnection(connection).
			AllowedNamespaces(builder.NamespacesWithLabel(nameLabel, v1alpha1.LabelValue(e.namespace))).Build()
		e.createObject(ctx, shared)
		DeferCleanup(func(ctx SpecContext) { Expect(controlPlane.Client.Delete(ctx, shared)).To(Succeed()) })
		missing := "there is no Secret " + operatorNamespace + "/login: create it"
		waitForConditions(ctx, shared, invalidSharedCredentialsConditions("Reconciling", "InvalidCredentials", missing)...)
		e.createObject(ctx, builder.RegisteredModel("shares").ClusterConnection(e.namespace))
		waitForConditions(ctx, e.modelObject("shares"), connectionNotReadyConditions("InvalidCredentials", missing)...)

		By("trying what it must not")
		operator, err := client.New(config, client.Options{Scheme: controlPlane.Client.Scheme()})
		Expect(err).NotTo(HaveOccurred())
		m, another, stolen := e.getModel(ctx), builder.RegisteredModel("mine").Namespace(e.namespace).Build(), newSecret("mine", nil)
		stolen.Namespace = e.namespace
		for what, err := range map[string]error{
			"list Secrets":      operator.List(ctx, &corev1.SecretList{}, client.InNamespace(e.namespace)),
			"list ConfigMaps":   operator.List(ctx, &corev1.ConfigMapList{}, client.InNamespace(e.namespace)),
			"write a Secret":    operator.Create(ctx, stolen, client.DryRunAll),
			"write a spec":      operator.Update(ctx, m, client.DryRunAll),
			"create a model":    operator.Create(ctx, another, client.DryRunAll),
			"delete a model":    operator.Delete(ctx, m, client.DryRunAll),
			"label a namespace": operator.Update(ctx, e.newLabeledNamespace(ctx, nil), client.DryRunAll),
			"let somebody in":   operator.Update(ctx, shared, client.DryRunAll),
			"delete a class":    operator.Delete(ctx, e.classObject(), client.DryRunAll),
		} {
			Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%s: %v", what, err)
		}
	})
})

var _ = Describe("The rights of the operator over approvals", func() {
	It("suffice to prove who approved, and not to approve for others", func(ctx SpecContext) {
		config := newRestrictedConfig(ctx)
		restartOperator(config)
		DeferCleanup(func() { restartOperator(controlPlane.Config) })
		e := newApprovalEnv(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.createPromotion(ctx, builder.Promotion(toProduction).Version("1"))
		yes := e.createApproval(ctx, builder.Approval("alice"))
		waitForConditions(ctx, e.promotionObject(toProduction), expectation{version: "1"}.promotedConditions()...)

		By("trying what it must not")
		operator, err := client.New(config, client.Options{Scheme: controlPlane.Client.Scheme()})
		Expect(err).NotTo(HaveOccurred())
		forged := builder.Approval("alice").Namespace(e.namespace).Build()
		asked := builder.Promotion("mine").Namespace(e.namespace).Build()
		for what, err := range map[string]error{
			"approve in another's name": operator.Create(ctx, forged),
			"take an approval back":     operator.Delete(ctx, yes, client.DryRunAll),
			"edit an approval":          operator.Update(ctx, yes, client.DryRunAll),
			"ask for a version":         operator.Create(ctx, asked, client.DryRunAll),
			"list admission policies":   operator.List(ctx, &admissionv1.ValidatingAdmissionPolicyList{}),
		} {
			Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%s: %v", what, err)
		}
	})
})

var _ = Describe("The roles for people", func() {
	for _, kind := range []string{
		"mlflowconnection", "clustermlflowconnection", "registeredmodel", "modelpromotion", "modelversion", "promotionapproval",
	} {
		DescribeTable("add themselves to the cluster's own for "+kind,
			func(role, aggregate string, verbs ...string) {
				var found rbacv1.ClusterRole
				readRole(kind+"_"+role+"_role.yaml", &found)
				Expect(found.Labels).To(HaveKeyWithValue("rbac.authorization.k8s.io/aggregate-to-"+aggregate, "true"))
				Expect(found.Rules[0].APIGroups).To(Equal([]string{v1alpha1.SchemeGroupVersion.Group}))
				Expect(found.Rules[0].Resources).To(Equal([]string{kind + "s"}))
				Expect(strings.Join(found.Rules[0].Verbs, " ")).To(Equal(strings.Join(verbs, " ")))
			},
			Entry("who look", "viewer", "view", "get", "list", "watch"),
			Entry("who edit", "editor", "edit", "create", "delete", "get", "list", "patch", "update", "watch"),
			Entry("who administrate", "admin", "admin", "*"),
		)
	}

	It("give a class to those who look, and leave who writes it to be said", func() {
		labels := map[string]map[string]string{}
		for _, role := range []string{"viewer", "editor", "admin"} {
			var found rbacv1.ClusterRole
			readRole("modelclass_"+role+"_role.yaml", &found)
			Expect(found.Rules[0].Resources).To(Equal([]string{"modelclasses"}))
			labels[role] = found.Labels
		}
		Expect(labels).To(Equal(map[string]map[string]string{
			"viewer": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}, "editor": nil, "admin": nil,
		}))
	})
})
