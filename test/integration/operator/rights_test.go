// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package operator

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

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// operatorAccount is the service account of the operator.
const operatorAccount = "mlflow-registry-operator"

// newRestrictedConfig returns a client configuration with the permissions of config/rbac/role.yaml only.
func newRestrictedConfig(ctx SpecContext) *rest.Config {
	GinkgoHelper()
	role := &rbacv1.ClusterRole{}
	env.ReadRole("role.yaml", role)
	Expect(client.IgnoreAlreadyExists(env.ControlPlane.Client.Create(ctx, role))).To(Succeed())
	Expect(client.IgnoreAlreadyExists(env.ControlPlane.Client.Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: operatorAccount},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: operatorAccount}},
	}))).To(Succeed())
	config := rest.CopyConfig(env.ControlPlane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: operatorAccount}
	return config
}

var _ = Describe("The permissions of the operator", func() {
	It("suffice for all that it does, and for nothing else", func(ctx SpecContext) {
		config := newRestrictedConfig(ctx)
		env.RestartOperator(config)
		DeferCleanup(func() { env.RestartOperator(env.ControlPlane.Config) })

		e, connection := env.NewAuthenticated(ctx, "s3cret")
		e.CreateObject(ctx, env.NewLoginSecret("s3cret"))
		e.CreateObject(ctx, connection)
		e.CreateClass(ctx, builder.Class(e.Namespace).RequireTag("team", "nlp"))
		env.WaitForConditions(ctx, e.ClassObject(), env.AcceptedConditions()...)
		e.CreateObject(ctx, env.NewDescribedModel().Class(e.Namespace).Stages(builder.Stage("production").Alias("champion")))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		e.RegisterRunVersion(ctx, env.ModelName, nil, nil)
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)
		e.WaitForPromotionEvents(ctx, env.ToProduction, env.FirstPromotedEvent)

		By("registering a version, and deleting it with its object")
		e.CreateObject(ctx, builder.ModelVersion("candidate").Run(e.CreateRun(ctx, nil)).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		env.WaitForConditions(ctx, e.VersionObject("candidate"), env.RegisteredConditions("2")...)
		Expect(env.ControlPlane.Client.Delete(ctx, e.VersionObject("candidate"))).To(Succeed())
		e.WaitForVersionEvents(ctx, "candidate", env.RegisteredEvent("2", e.MLflow.Version(env.ModelName, "2").Source),
			"Normal Deleted: version 2 of model sentiment deleted in MLflow, as deletionPolicy says")

		By("using a shared connection that selects namespaces by label")
		shared := builder.ClusterConnection(e.Namespace).FromConnection(connection).
			AllowedNamespaces(builder.NamespacesWithLabel(env.NameLabel, v1alpha1.LabelValue(e.Namespace))).Build()
		e.CreateObject(ctx, shared)
		DeferCleanup(func(ctx SpecContext) { Expect(env.ControlPlane.Client.Delete(ctx, shared)).To(Succeed()) })
		missing := "there is no Secret " + env.OperatorNamespace + "/login: create it"
		env.WaitForConditions(ctx, shared, env.InvalidSharedCredentialsConditions("Reconciling", "InvalidCredentials", missing)...)
		e.CreateObject(ctx, builder.RegisteredModel("shares").ClusterConnection(e.Namespace))
		env.WaitForConditions(ctx, e.ModelObject("shares"), env.ConnectionNotReadyConditions("InvalidCredentials", missing)...)

		By("trying what is forbidden")
		operator, err := client.New(config, client.Options{Scheme: env.ControlPlane.Client.Scheme()})
		Expect(err).NotTo(HaveOccurred())
		m, another, stolen := e.GetModel(ctx), builder.RegisteredModel("mine").Namespace(e.Namespace).Build(), env.NewSecret("mine", nil)
		stolen.Namespace = e.Namespace
		for what, err := range map[string]error{
			"list Secrets":      operator.List(ctx, &corev1.SecretList{}, client.InNamespace(e.Namespace)),
			"list ConfigMaps":   operator.List(ctx, &corev1.ConfigMapList{}, client.InNamespace(e.Namespace)),
			"write a Secret":    operator.Create(ctx, stolen, client.DryRunAll),
			"write a spec":      operator.Update(ctx, m, client.DryRunAll),
			"create a model":    operator.Create(ctx, another, client.DryRunAll),
			"delete a model":    operator.Delete(ctx, m, client.DryRunAll),
			"label a namespace": operator.Update(ctx, e.NewLabeledNamespace(ctx, nil), client.DryRunAll),
			"allow a namespace": operator.Update(ctx, shared, client.DryRunAll),
			"delete a class":    operator.Delete(ctx, e.ClassObject(), client.DryRunAll),
		} {
			Expect(apierrors.IsForbidden(err)).To(BeTrue(), "%s: %v", what, err)
		}
	})
})

var _ = Describe("The permissions of the operator for approvals", func() {
	It("suffice to verify who approved, and not to approve for others", func(ctx SpecContext) {
		config := newRestrictedConfig(ctx)
		env.RestartOperator(config)
		DeferCleanup(func() { env.RestartOperator(env.ControlPlane.Config) })
		e := env.NewWithApprovalPolicy(ctx, []v1alpha1.Gate{builder.ApprovalGate(1)}, nil)
		e.CreatePromotion(ctx, builder.Promotion(env.ToProduction).Version("1"))
		yes := e.CreateApproval(ctx, builder.Approval("alice"))
		e.WaitForPromotion(ctx, env.Expectation{Version: "1"}.PromotedConditions()...)

		By("trying what is forbidden")
		operator, err := client.New(config, client.Options{Scheme: env.ControlPlane.Client.Scheme()})
		Expect(err).NotTo(HaveOccurred())
		forged := builder.Approval("alice").Namespace(e.Namespace).Build()
		asked := builder.Promotion("mine").Namespace(e.Namespace).Build()
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

var _ = Describe("The roles for users", func() {
	for _, kind := range []string{
		"mlflowconnection", "clustermlflowconnection", "registeredmodel", "modelpromotion", "modelversion", "promotionapproval",
	} {
		DescribeTable("aggregate to the default roles for "+kind,
			func(role, aggregate string, verbs ...string) {
				var found rbacv1.ClusterRole
				env.ReadRole(kind+"_"+role+"_role.yaml", &found)
				Expect(found.Labels).To(HaveKeyWithValue("rbac.authorization.k8s.io/aggregate-to-"+aggregate, "true"))
				Expect(found.Rules[0].APIGroups).To(Equal([]string{v1alpha1.SchemeGroupVersion.Group}))
				Expect(found.Rules[0].Resources).To(Equal([]string{kind + "s"}))
				Expect(strings.Join(found.Rules[0].Verbs, " ")).To(Equal(strings.Join(verbs, " ")))
			},
			Entry("of viewers", "viewer", "view", "get", "list", "watch"),
			Entry("of editors", "editor", "edit", "create", "delete", "get", "list", "patch", "update", "watch"),
			Entry("of administrators", "admin", "admin", "*"),
		)
	}

	It("let viewers read a class, and let no default role write it", func() {
		labels := map[string]map[string]string{}
		for _, role := range []string{"viewer", "editor", "admin"} {
			var found rbacv1.ClusterRole
			env.ReadRole("modelclass_"+role+"_role.yaml", &found)
			Expect(found.Rules[0].Resources).To(Equal([]string{"modelclasses"}))
			labels[role] = found.Labels
		}
		Expect(labels).To(Equal(map[string]map[string]string{
			"viewer": {"rbac.authorization.k8s.io/aggregate-to-view": "true"}, "editor": nil, "admin": nil,
		}))
	})
})
