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

// The replicas have the flags of config/default.
var _ = Describe("An operator with leader election and metrics", func() {
	It("hands over to the other replica when it stops, and serves metrics to authorized accounts", func(ctx SpecContext) {
		runningOperator.Stop()
		DeferCleanup(startOperator)
		first, firstMetrics := startReplica(ctx)
		Eventually(getLeader).WithContext(ctx).ShouldNot(BeEmpty())
		elected := getLeader(ctx)
		_, secondMetrics := startReplica(ctx)
		e := newEnv(ctx, openServer)
		scraper := e.createToken(ctx, "scraper")
		e.allowMetrics(ctx, "scraper")
		e.createObject(ctx, e.newConnection().Build())
		e.createObject(ctx, newGatedModel("led").Build())

		By("scraping both replicas: only the leader counts objects, so that no object is counted twice")
		series := `mlflow_registry_operator_registered_models{reason="Synced",state="Ready"} 1`
		Eventually(scrapeIfAllowed).WithContext(ctx).WithArguments(firstMetrics, scraper).Should(ContainSubstring(series))
		Eventually(scrapeIfAllowed).WithContext(ctx).WithArguments(secondMetrics, scraper).Should(And(
			ContainSubstring("mlflow_registry_operator_promotions_total"), Not(ContainSubstring("mlflow_registry_operator_registered_models"))))

		By("stopping the leader")
		first.Stop()
		Eventually(getLeader).WithContext(ctx).ShouldNot(Or(BeEmpty(), Equal(elected)))
		e.createObject(ctx, newGatedModel("handed-over").Build())
		e.createObject(ctx, builder.Promotion("handed-over").Model("handed-over").Version("1").Build())
		e.waitForPromotion(ctx, "handed-over", v1alpha1.ReasonVersionNotFound)
		e.createObject(ctx, builder.ModelVersion("handed-over").Model("handed-over").Run("0123").Build())
		e.waitForVersion(ctx, "handed-over", v1alpha1.ReasonReferenceNotFound)

		By("scraping with and without rights")
		status, _ := scrapeMetrics(ctx, secondMetrics, "")
		Expect(status).To(Equal(http.StatusUnauthorized))
		status, _ = scrapeMetrics(ctx, secondMetrics, e.createToken(ctx, "stranger"))
		Expect(status).To(Equal(http.StatusForbidden))
		for _, series := range []string{
			`mlflow_registry_operator_connection_ready{name="mlflow",namespace="` + e.namespace + `"} 1`,
			`mlflow_registry_operator_requests_total{code="200",endpoint="registered-models/create",method="POST"} 1`,
			`mlflow_registry_operator_registered_models{reason="Synced",state="Ready"} 2`,
			`mlflow_registry_operator_model_promotions{reason="VersionNotFound",state="Stalled"} 1`,
			`mlflow_registry_operator_model_versions{reason="ReferenceNotFound",state="Stalled"} 1`,
			`mlflow_registry_operator_promotions_total{outcome="blocked"} 1`,
			`mlflow_registry_operator_gate_evaluations_total{gate_type="BuiltIn",result="Failed"}`,
		} {
			Eventually(scrapeIfAllowed).WithContext(ctx).WithArguments(secondMetrics, scraper).Should(ContainSubstring(series))
		}
		Expect(scrapeIfAllowed(ctx, secondMetrics, scraper)).To(haveQueueMetrics())
	})
})

// haveQueueMetrics matches the metrics of controller-runtime that docs/operations/metrics.md documents.
func haveQueueMetrics() types.GomegaMatcher {
	var matchers []types.GomegaMatcher
	for _, name := range []string{
		"workqueue_depth", "workqueue_queue_duration_seconds_bucket", "workqueue_work_duration_seconds_bucket",
		"workqueue_unfinished_work_seconds", "workqueue_longest_running_processor_seconds", "workqueue_retries_total",
		"controller_runtime_reconcile_total", "controller_runtime_reconcile_errors_total",
		"controller_runtime_reconcile_time_seconds_bucket", "controller_runtime_active_workers",
	} {
		for _, controller := range []string{"mlflowconnection", "registeredmodel", "modelpromotion", "modelversion"} {
			matchers = append(matchers, ContainSubstring(name+`{controller="`+controller+`"`))
		}
	}
	return And(append(matchers, MatchRegexp(`workqueue_depth{controller="modelpromotion",name="modelpromotion",priority="-?\d+"}`),
		ContainSubstring(`leader_election_master_status{name="mlflow-registry-operator.mlflow-operator.io"} 1`))...)
}

// startReplica starts an operator with the flags of config/default, and returns the URL of its
// metrics.
func startReplica(ctx SpecContext) (*manager.Process, string) {
	GinkgoHelper()
	port, err := netutil.FreePort()
	Expect(err).NotTo(HaveOccurred())
	address := fmt.Sprintf("127.0.0.1:%d", port)
	options := operatorOptions
	options.Args = []string{
		"--leader-elect", "--leader-election-namespace=" + manager.Namespace, "--metrics-bind-address=" + address,
	}
	process, err := manager.Start(ctx, options)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(process.Stop)
	return process, "https://" + address + "/metrics"
}

// getLeader returns the identity of the leader; empty before an election.
func getLeader(ctx SpecContext) string {
	GinkgoHelper()
	var leases coordinationv1.LeaseList
	Expect(controlPlane.Client.List(ctx, &leases, client.InNamespace(manager.Namespace))).To(Succeed())
	for i := range leases.Items {
		if identity := leases.Items[i].Spec.HolderIdentity; identity != nil {
			return *identity
		}
	}
	return ""
}

// scrapeIfAllowed returns the metrics; empty unless the status is 200.
func scrapeIfAllowed(ctx SpecContext, url, token string) string {
	GinkgoHelper()
	status, body := scrapeMetrics(ctx, url, token)
	if status != http.StatusOK {
		return ""
	}
	return body
}

// scrapeMetrics reads metrics as Prometheus does, without verifying the self-signed certificate.
// The status is 0 if the port is not open yet.
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

// createToken returns a token of a new account in the namespace of the story.
func (e *env) createToken(ctx SpecContext, name string) string {
	GinkgoHelper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
	Expect(controlPlane.Client.Create(ctx, account)).To(Succeed())
	request := &authenticationv1.TokenRequest{}
	Expect(controlPlane.Client.SubResource("token").Create(ctx, account, request)).To(Succeed())
	return request.Status.Token
}

// allowMetrics binds an account to the role for scraping metrics.
func (e *env) allowMetrics(ctx SpecContext, account string) {
	GinkgoHelper()
	Expect(controlPlane.Client.Create(ctx, &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "metrics-of-" + e.namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "metrics-reader"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: e.namespace, Name: account}},
	})).To(Succeed())
}
