// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

// approversGroup is the group of all users who may write promotions and approvals.
const approversGroup = "people"

// NewWithApprovalPolicy returns an env with a model whose production has these gates, without a promotion.
// MLflow's clock is an hour behind, so that approvals are newer than versions.
func NewWithApprovalPolicy(ctx SpecContext, gates []v1alpha1.Gate, versions ...Metrics) *Env {
	GinkgoHelper()
	ahead := &atomic.Int64{}
	ahead.Store(int64(-time.Hour))
	e := New(ctx, mlflowtest.Options{Clock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	e.AdvanceClock = func(by time.Duration) { ahead.Add(int64(by)) }
	e.grantWriteRoles(ctx)
	e.CreateObject(ctx, e.NewConnection())
	e.RegisterModel(ctx, versions...)
	e.CreateObject(ctx, NewModelWithGates(gates...))
	WaitForConditions(ctx, e.ModelObject(ModelName), SyncedConditions(ModelName)...)
	return e
}

// grantWriteRoles binds approversGroup to the editor roles for promotions and approvals.
func (e *Env) grantWriteRoles(ctx SpecContext) {
	GinkgoHelper()
	for _, kind := range []string{"modelpromotion", "promotionapproval"} {
		role := &rbacv1.ClusterRole{}
		ReadRole(kind+"_editor_role.yaml", role)
		Expect(client.IgnoreAlreadyExists(ControlPlane.Client.Create(ctx, role))).To(Succeed())
		Expect(ControlPlane.Client.Create(ctx, &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: e.Namespace, Name: kind},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: approversGroup}},
		})).To(Succeed())
	}
}

// NewClientAs returns a client that impersonates a user.
func NewClientAs(user string) client.Client {
	GinkgoHelper()
	config := rest.CopyConfig(ControlPlane.Config)
	config.Impersonate = rest.ImpersonationConfig{UserName: user, Groups: []string{approversGroup}}
	c, err := client.New(config, client.Options{Scheme: ControlPlane.Client.Scheme()})
	Expect(err).NotTo(HaveOccurred())
	return c
}

// CreatePromotion creates a promotion, and waits until approvals get a later creation time.
func (e *Env) CreatePromotion(ctx SpecContext, b *builder.PromotionBuilder) *v1alpha1.ModelPromotion {
	GinkgoHelper()
	p := e.CreateObject(ctx, b).(*v1alpha1.ModelPromotion)
	e.WaitUntilOlder(ctx, p)
	return p
}

// WaitUntilOlder waits until new objects get a later creation time than an object. Creation times are in seconds.
func (e *Env) WaitUntilOlder(ctx SpecContext, obj client.Object) {
	GinkgoHelper()
	Eventually(func() time.Time {
		now, err := ControlPlane.ServerTime(ctx)
		Expect(err).NotTo(HaveOccurred())
		return now
	}).WithContext(ctx).Should(BeTemporally(">", obj.GetCreationTimestamp().Time))
}

// CreateApproval creates an approval as its approver.
func (e *Env) CreateApproval(ctx SpecContext, b *builder.ApprovalBuilder) *v1alpha1.PromotionApproval {
	GinkgoHelper()
	approval := b.Namespace(e.Namespace).Build()
	Expect(NewClientAs(string(approval.Spec.Approver)).Create(ctx, approval)).To(Succeed())
	return approval
}

// ReadRole reads a ClusterRole from config/rbac.
func ReadRole(file string, role *rbacv1.ClusterRole) {
	GinkgoHelper()
	root, err := envtest.RepositoryRoot()
	Expect(err).NotTo(HaveOccurred())
	content, err := os.ReadFile(filepath.Join(root, "config", "rbac", file))
	Expect(err).NotTo(HaveOccurred())
	Expect(yaml.UnmarshalStrict(content, role)).To(Succeed())
}
