// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
	"github.com/neuronews/mlflow-registry-operator/test/manager"
	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

const (
	pathPrefix    = "/tracking"
	adminName     = "admin"
	adminPassword = "a long admin password"
)

// All stories share these. The open server has a path prefix and workspaces, and no
// authentication; the other one has accounts.
var (
	controlPlane        *envtest.ControlPlane
	openServer          *mlflowserver.Server
	authenticatedServer *mlflowserver.Server
	runningOperator     *manager.Process
	operatorOptions     manager.Options
)

var (
	openOptions          = mlflowserver.Options{PathPrefix: pathPrefix, Args: []string{"--enable-workspaces"}}
	authenticatedOptions = mlflowserver.Options{
		Args: []string{"--app-name", "basic-auth"},
		Env:  []string{"MLFLOW_FLASK_SERVER_SECRET_KEY=a secret of this test", "MLFLOW_AUTH_ADMIN_PASSWORD=" + adminPassword},
	}
)

func TestEndToEnd(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "End to end")
}

var _ = BeforeSuite(func(ctx SpecContext) {
	ctrl.SetLogger(GinkgoLogr)
	// Far longer than any step takes on an idle machine.
	EnforceDefaultTimeoutsWhenUsingContexts()
	SetDefaultEventuallyTimeout(2 * time.Minute)
	SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	startServers(ctx)
	dir := GinkgoT().TempDir()
	operatorOptions = manager.Options{Binary: buildBinary(ctx, dir), Log: filepath.Join(dir, "operator.log")}
	var err error
	operatorOptions.Kubeconfig, err = manager.Authorize(ctx, controlPlane, dir)
	Expect(err).NotTo(HaveOccurred())
	startOperator(ctx)
	DeferCleanup(func() { runningOperator.Stop() })
})

// startServers starts all servers at the same time: each start takes some seconds.
func startServers(ctx SpecContext) {
	GinkgoHelper()
	var starts sync.WaitGroup
	errs := make([]error, 3)
	starts.Go(func() { controlPlane, errs[0] = envtest.Start() })
	starts.Go(func() { openServer, errs[1] = mlflowserver.Start(ctx, openOptions) })
	starts.Go(func() { authenticatedServer, errs[2] = mlflowserver.Start(ctx, authenticatedOptions) })
	starts.Wait()
	DeferCleanup(stopServers)
	Expect(errors.Join(errs...)).To(Succeed())
}

// stopServers stops the servers that were started.
func stopServers() error {
	var errs []error
	for _, server := range []*mlflowserver.Server{openServer, authenticatedServer} {
		if server != nil {
			errs = append(errs, server.Stop())
		}
	}
	if controlPlane != nil {
		errs = append(errs, controlPlane.Stop())
	}
	return errors.Join(errs...)
}

// buildBinary builds the binary from the sources under test, and ignores the one in bin/.
func buildBinary(ctx SpecContext, dir string) string {
	GinkgoHelper()
	root, err := envtest.RepositoryRoot()
	Expect(err).NotTo(HaveOccurred())
	binary := filepath.Join(dir, "manager")
	command := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd")
	command.Dir, command.Stdout, command.Stderr = root, GinkgoWriter, GinkgoWriter
	Expect(command.Run()).To(Succeed())
	return binary
}

func startOperator(ctx SpecContext) {
	GinkgoHelper()
	var err error
	runningOperator, err = manager.Start(ctx, operatorOptions)
	Expect(err).NotTo(HaveOccurred())
}

// The report of a failed story includes the log of the operator.
var _ = ReportAfterEach(func(report SpecReport) {
	if report.Failed() && operatorOptions.Log != "" {
		log, _ := os.ReadFile(operatorOptions.Log)
		AddReportEntry("operator log", string(log), ReportEntryVisibilityFailureOrVerbose)
	}
})
