// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/types"
	authenticationv1 "k8s.io/api/authentication/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/manager"
	"github.com/neuronews/mlflow-registry-operator/test/netutil"
)

// As config/default deploys it, with two replicas.
var _ = Describe("An operator with leader election and metrics", func() {
	It("hands over to the other replica when it stops, and tells who may know what it did", func(ctx SpecContext) {
		runningOperator.Stop()
		DeferCleanup(startOperator)
		first, led := startReplica(ctx)
		Eventually(getLeader).WithContext(ctx).ShouldNot(BeEmpty())
		elected := getLeader(ctx)
		_, metrics := startReplica(ctx)
		w := newEnv(ctx, openServer)
		scraper := w.createToken(ctx, "scraper")
		w.allowMetrics(ctx, "scraper")
		w.createObject(ctx, w.newConnection().Build())
		w.createObject(ctx, newGatedModel("led").Build())

		By("asking both replicas: one tells of objects, so that nothing is counted twice")
		told := `mlflow_registry_operator_registered_models{reason="Synced",state="Ready"} 1`
		Eventually(scrapeIfAllowed).WithContext(ctx).WithArguments(led, scraper).Should(ContainSubstring(told))
		Eventually(scrapeIfAllowed).WithContext(ctx).WithArguments(metrics, scraper).Should(And(
			ContainSubstring("mlflow_registry_operator_promotions_total"), Not(ContainSubstring("mlflow_registry_operator_registered_models"))))

		By("stopping the leader")
		first.Stop()
		Eventually(getLeader).WithContext(ctx).ShouldNot(Or(BeEmpty(), Equal(elected)))
		w.createObject(ctx, newGatedModel("handed-over").Build())
		w.createObject(ctx, builder.Promotion("handed-over").Model("handed-over").Version("1").Build())
		w.waitForPromotion(ctx, "handed-over", v1alpha1.ReasonVersionNotFound)
		w.createObject(ctx, builder.ModelVersion("handed-over").Model("handed-over").Run("0123").Build())
		w.waitForVersion(ctx, "handed-over", v1alpha1.ReasonReferenceNotFound)

		By("asking for the metrics")
		status, _ := scrapeMetrics(ctx, metrics, "")
		Expect(status).To(Equal(http.StatusUnauthorized))
		status, _ = scrapeMetrics(ctx, metrics, w.createToken(ctx, "stranger"))
		Expect(status).To(Equal(http.StatusForbidden))
		for _, series := range []string{
			`mlflow_registry_operator_connection_ready{name="mlflow",namespace="` + w.namespace + `"} 1`,
			`mlflow_registry_operator_requests_total{code="200",endpoint="registered-models/create",method="POST"} 1`,
			`mlflow_registry_operator_registered_models{reason="Synced",state="Ready"} 2`,
			`mlflow_registry_operator_model_promotions{reason="VersionNotFound",state="Stalled"} 1`,
			`mlflow_registry_operator_model_versions{reason="ReferenceNotFound",state="Stalled"} 1`,
			`mlflow_registry_operator_promotions_total{outcome="blocked"} 1`,
			`mlflow_registry_operator_gate_evaluations_total{gate_type="BuiltIn",result="Failed"}`,
		} {
			Eventually(scrapeIfAllowed).WithContext(ctx).WithArguments(metrics, scraper).Should(ContainSubstring(series))
		}
		Expect(scrapeIfAllowed(ctx, metrics, scraper)).To(haveQueueMetrics())
	})
})

// haveQueueMetrics wants what docs/operations/metrics.md says of controller-runtime's own metrics.
func haveQueueMetrics() types.GomegaMatcher {
	var all []types.GomegaMatcher
	for _, name := range []string{
		"workqueue_depth", "workqueue_queue_duration_seconds_bucket", "workqueue_work_duration_seconds_bucket",
		"workqueue_unfinished_work_seconds", "workqueue_longest_running_processor_seconds", "workqueue_retries_total",
		"controller_runtime_reconcile_total", "controller_runtime_reconcile_errors_total",
		"controller_runtime_reconcile_time_seconds_bucket", "controller_runtime_active_workers",
	} {
		for _, controller := range []string{"mlflowconnection", "registeredmodel", "modelpromotion", "modelversion"} {
			all = append(all, ContainSubstring(name+`{controller="`+controller+`"`))
		}
	}
	return And(append(all, MatchRegexp(`workqueue_depth{controller="modelpromotion",name="modelpromotion",priority="-?\d+"}`),
		ContainSubstring(`leader_election_master_status{name="mlflow-registry-operator.mlflow-operator.io"} 1`))...)
}

// startReplica starts an operator as config/default does, and tells where its metrics are.
func startReplica(ctx SpecContext) (*manager.Process, string) {
	GinkgoHelper()
	free, err := netutil.FreePort()
	Expect(err).NotTo(HaveOccurred())
	address := fmt.Sprintf("127.0.0.1:%d", free)
	options := operatorOptions
	options.Args = []string{
		"--leader-elect", "--leader-election-namespace=" + manager.Namespace, "--metrics-bind-address=" + address,
	}
	process, err := manager.Start(ctx, options)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(process.Stop)
	return process, "https://" + address + "/metrics"
}

// getLeader is who holds the lease.
func getLeader(ctx SpecContext) string {
	GinkgoHelper()
	var leases coordinationv1.LeaseList
	Expect(controlPlane.Client.List(ctx, &leases, client.InNamespace(manager.Namespace))).To(Succeed())
	for i := range leases.Items {
		if holder := leases.Items[i].Spec.HolderIdentity; holder != nil {
			return *holder
		}
	}
	return ""
}

// scrapeIfAllowed is what somebody who may read metrics gets; nothing while there is nothing yet.
func scrapeIfAllowed(ctx SpecContext, url, token string) string {
	GinkgoHelper()
	status, body := scrapeMetrics(ctx, url, token)
	if status != http.StatusOK {
		return ""
	}
	return body
}

// scrapeMetrics reads metrics as Prometheus does from an operator that made its certificate
// itself. The status is 0 where nobody listens yet.
func scrapeMetrics(ctx SpecContext, url, token string) (int, string) {
	GinkgoHelper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	Expect(err).NotTo(HaveOccurred())
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return 0, ""
	}
	Expect(err).NotTo(HaveOccurred())
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	Expect(err).NotTo(HaveOccurred())
	return response.StatusCode, string(body)
}

// createToken is that of a new account in the story's namespace.
func (w *env) createToken(ctx SpecContext, name string) string {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	Expect(controlPlane.Client.Create(ctx, account)).To(Succeed())
	request := &authenticationv1.TokenRequest{}
	Expect(controlPlane.Client.SubResource("token").Create(ctx, account, request)).To(Succeed())
	return request.Status.Token
}

func (w *env) allowMetrics(ctx SpecContext, account string) {
	GinkgoHelper()
	Expect(controlPlane.Client.Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "metrics-of-" + w.namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "metrics-reader"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: w.namespace, Name: account}},
	})).To(Succeed())
}
