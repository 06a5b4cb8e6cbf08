// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package env

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

// OperatorNamespace is the namespace of the operator. The Secrets of ClusterMLflowConnections are in it.
const OperatorNamespace = "operator-system"

// ControlPlane is the control plane of the process. All stories of a package share it.
var ControlPlane *envtest.ControlPlane

// statusRules checks every status that the operator of the process writes.
var statusRules *ruleChecker

// RunStories runs the stories of a package with a control plane and an operator of its own.
func RunStories(t *testing.T, name string) {
	t.Helper()
	BeforeSuite(startSuite)
	RegisterFailHandler(Fail)
	RunSpecs(t, name)
}

func startSuite() {
	ctrl.SetLogger(GinkgoLogr)
	// Long enough for two suites that share two cores with the race detector.
	SetDefaultEventuallyTimeout(20 * time.Second)
	// A context would lift the timeout, and a spec that fails would hang.
	EnforceDefaultTimeoutsWhenUsingContexts()
	SetDefaultEventuallyPollingInterval(20 * time.Millisecond)
	var err error
	ControlPlane, err = envtest.Start()
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { Expect(ControlPlane.Stop()).To(Succeed()) })
	Expect(ControlPlane.InstallPolicy(context.Background())).To(Succeed())
	Expect(ControlPlane.Client.Create(context.Background(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: OperatorNamespace}})).To(Succeed())
	statusRules = startRuleChecker(ControlPlane)
	StartOperator(ControlPlane.Config)
	DeferCleanup(func() { StopOperator() })
}

// ObjectKey returns the namespace and name of an object.
func ObjectKey(obj client.Object) client.ObjectKey {
	return client.ObjectKeyFromObject(obj)
}
