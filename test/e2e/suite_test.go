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

	"github.com/neuronews/mlflow-registry-operator/test/kubeenv"
	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
	"github.com/neuronews/mlflow-registry-operator/test/operator"
)

const (
	pathPrefix    = "/tracking"
	adminName     = "admin"
	adminPassword = "a long admin password"
)

// What all stories share. One server has a path prefix and workspaces, and lets everybody
// do everything; the other one has accounts.
var (
	plane    *kubeenv.ControlPlane
	open     *mlflowserver.Server
	guarded  *mlflowserver.Server
	running  *operator.Process
	settings operator.Options
)

var (
	openOptions    = mlflowserver.Options{PathPrefix: pathPrefix, Args: []string{"--enable-workspaces"}}
	guardedOptions = mlflowserver.Options{
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
	// Far more than anything takes on an idle machine.
	SetDefaultEventuallyTimeout(2 * time.Minute)
	SetDefaultEventuallyPollingInterval(50 * time.Millisecond)
	startServers(ctx)
	dir := GinkgoT().TempDir()
	settings = operator.Options{Binary: build(ctx, dir), Log: filepath.Join(dir, "operator.log")}
	var err error
	settings.Kubeconfig, err = operator.Authorize(ctx, plane, dir)
	Expect(err).NotTo(HaveOccurred())
	startOperator(ctx)
	DeferCleanup(func() { running.Stop() })
})

// startServers starts all of them at a time: each is busy with itself for some seconds.
func startServers(ctx SpecContext) {
	GinkgoHelper()
	var starting sync.WaitGroup
	errs := make([]error, 3)
	starting.Go(func() { plane, errs[0] = kubeenv.Start() })
	starting.Go(func() { open, errs[1] = mlflowserver.Start(ctx, openOptions) })
	starting.Go(func() { guarded, errs[2] = mlflowserver.Start(ctx, guardedOptions) })
	starting.Wait()
	DeferCleanup(stopServers)
	Expect(errors.Join(errs...)).To(Succeed())
}

// stopServers stops those that were started.
func stopServers() error {
	var errs []error
	for _, server := range []*mlflowserver.Server{open, guarded} {
		if server != nil {
			errs = append(errs, server.Stop())
		}
	}
	if plane != nil {
		errs = append(errs, plane.Stop())
	}
	return errors.Join(errs...)
}

// build makes the binary from the sources under test, whatever lies in bin/.
func build(ctx SpecContext, dir string) string {
	GinkgoHelper()
	root, err := kubeenv.Root()
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
	running, err = operator.Start(ctx, settings)
	Expect(err).NotTo(HaveOccurred())
}

// What the operator said belongs to a report of what it did not do.
var _ = ReportAfterEach(func(report SpecReport) {
	if report.Failed() && settings.Log != "" {
		log, _ := os.ReadFile(settings.Log)
		AddReportEntry("operator log", string(log), ReportEntryVisibilityFailureOrVerbose)
	}
})
