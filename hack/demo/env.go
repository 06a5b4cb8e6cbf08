// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"
	"github.com/neuronews/mlflow-registry-operator/test/manager"
	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

// environment is everything that the steps need.
type environment struct {
	began time.Time
	out   io.Writer
	// root is the repository. dir contains logs, kubeconfigs and the data of MLflow.
	root, dir string
	plane     *envtest.ControlPlane
	mlflow    *mlflowserver.Server
	operator  *manager.Process
	// user is a user of MLflow.
	user *mlflowtest.User
	// cleanups stop and remove what was set up, in the order of the setup.
	cleanups []func() error
}

func newEnvironment() *environment {
	return &environment{began: time.Now(), out: os.Stdout}
}

// setUp starts everything. After an error, tearDown cleans up what was started.
func (e *environment) setUp(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		e.createDir, e.startServers, e.createUser, e.startOperator, e.createNamespace,
	} {
		if err := errors.Join(ctx.Err(), step(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func (e *environment) createDir(context.Context) error {
	var err error
	if e.root, err = envtest.RepositoryRoot(); err != nil {
		return err
	}
	parent := filepath.Join(e.root, ".demo")
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return err
	}
	if e.dir, err = os.MkdirTemp(parent, "run-"); err != nil {
		return err
	}
	e.cleanups = append(e.cleanups, func() error { return os.RemoveAll(e.dir) })
	return nil
}

// startServers starts both servers at the same time, because each one takes some seconds.
func (e *environment) startServers(ctx context.Context) error {
	e.printLine("starting etcd, kube-apiserver, and MLflow " + mlflowserver.DefaultVersion)
	var starting sync.WaitGroup
	var planeErr, mlflowErr error
	starting.Go(func() { e.plane, planeErr = envtest.Start() })
	starting.Go(func() {
		e.mlflow, mlflowErr = mlflowserver.Start(ctx, mlflowserver.Options{Dir: filepath.Join(e.dir, "mlflow")})
	})
	starting.Wait()
	if planeErr == nil {
		e.cleanups = append(e.cleanups, e.plane.Stop)
	}
	if mlflowErr == nil {
		e.cleanups = append(e.cleanups, e.mlflow.Stop)
	}
	return errors.Join(planeErr, mlflowErr)
}

// createUser creates the kubeconfig and the client of a user.
func (e *environment) createUser(context.Context) error {
	e.user = &mlflowtest.User{URL: e.mlflow.URL}
	return manager.WriteKubeconfig(e.plane.Config, e.kubeconfig())
}

func (e *environment) startOperator(ctx context.Context) error {
	e.printLine("both are ready. Starting the operator: bin/manager with the rights of config/rbac")
	kubeconfig, err := manager.Authorize(ctx, e.plane, e.dir)
	if err != nil {
		return err
	}
	e.operator, err = manager.Start(ctx, manager.Options{
		Binary: filepath.Join(e.root, "bin", "manager"), Kubeconfig: kubeconfig, Log: filepath.Join(e.dir, "operator.log"),
	})
	if err != nil {
		return err
	}
	e.cleanups = append(e.cleanups, func() error { e.operator.Stop(); return nil })
	e.printLine("the operator is ready")
	return nil
}

func (e *environment) createNamespace(ctx context.Context) error {
	e.printCommand("kubectl create namespace " + namespace)
	return e.plane.Client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
}

func (e *environment) kubeconfig() string { return filepath.Join(e.dir, "kubeconfig") }

// waitForInterrupt keeps everything running until Ctrl-C.
func (e *environment) waitForInterrupt(ctx context.Context) {
	_, _ = fmt.Fprintf(e.out, `
Everything is running. To stop it, press Ctrl-C or run: kill %d

  export KUBECONFIG=%s
  MLflow        %s
  operator log  %s
`, os.Getpid(), e.kubeconfig(), e.mlflow.URL, filepath.Join(e.dir, "operator.log"))
	<-ctx.Done()
}

// tearDown cleans up in reverse order. After an error it prints the end of the operator log.
func (e *environment) tearDown(err error) error {
	if err != nil && !errors.Is(err, errInterrupted) && e.operator != nil {
		_, _ = fmt.Fprintf(os.Stderr, "\nThe operator log ends with:\n%s\n\n", e.operator.ReadLogTail())
	}
	e.printLine("cleaning up")
	for _, undo := range slices.Backward(e.cleanups) {
		err = errors.Join(err, undo())
	}
	e.printLine("done")
	return err
}
