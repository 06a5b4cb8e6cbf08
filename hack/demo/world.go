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

// world is what the story plays in.
type world struct {
	began time.Time
	out   io.Writer
	// root is the repository; dir keeps logs, kubeconfigs and MLflow's data.
	root, dir string
	plane     *envtest.ControlPlane
	mlflow    *mlflowserver.Server
	operator  *manager.Process
	// user is somebody with access to MLflow.
	user *mlflowtest.User
	// undo takes down what was set up, in the order of setting up.
	undo []func() error
}

func newWorld() *world {
	return &world{began: time.Now(), out: os.Stdout}
}

// setUp starts everything. What it started before an error is taken down by tearDown.
func (w *world) setUp(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		w.makeDir, w.startServers, w.meetUser, w.startOperator, w.createNamespace,
	} {
		if err := errors.Join(ctx.Err(), step(ctx)); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) makeDir(context.Context) error {
	var err error
	if w.root, err = envtest.RepositoryRoot(); err != nil {
		return err
	}
	parent := filepath.Join(w.root, ".demo")
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return err
	}
	if w.dir, err = os.MkdirTemp(parent, "run-"); err != nil {
		return err
	}
	w.undo = append(w.undo, func() error { return os.RemoveAll(w.dir) })
	return nil
}

// startServers starts both at a time: each is busy with itself for some seconds.
func (w *world) startServers(ctx context.Context) error {
	w.say("starting etcd, kube-apiserver, and MLflow " + mlflowserver.DefaultVersion)
	var starting sync.WaitGroup
	var planeErr, mlflowErr error
	starting.Go(func() { w.plane, planeErr = envtest.Start() })
	starting.Go(func() {
		w.mlflow, mlflowErr = mlflowserver.Start(ctx, mlflowserver.Options{Dir: filepath.Join(w.dir, "mlflow")})
	})
	starting.Wait()
	if planeErr == nil {
		w.undo = append(w.undo, w.plane.Stop)
	}
	if mlflowErr == nil {
		w.undo = append(w.undo, w.mlflow.Stop)
	}
	return errors.Join(planeErr, mlflowErr)
}

// meetUser makes the files and clients with which people reach what was started.
func (w *world) meetUser(context.Context) error {
	w.user = &mlflowtest.User{URL: w.mlflow.URL}
	return manager.WriteKubeconfig(w.plane.Config, w.kubeconfig())
}

func (w *world) startOperator(ctx context.Context) error {
	w.say("both are ready; starting the operator: bin/manager with the rights of config/rbac")
	kubeconfig, err := manager.Authorize(ctx, w.plane, w.dir)
	if err != nil {
		return err
	}
	w.operator, err = manager.Start(ctx, manager.Options{
		Binary: filepath.Join(w.root, "bin", "manager"), Kubeconfig: kubeconfig, Log: filepath.Join(w.dir, "operator.log"),
	})
	if err != nil {
		return err
	}
	w.undo = append(w.undo, func() error { w.operator.Stop(); return nil })
	w.say("the operator is ready")
	return nil
}

func (w *world) createNamespace(ctx context.Context) error {
	w.command("kubectl create namespace " + namespace)
	return w.plane.Client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
}

func (w *world) kubeconfig() string { return filepath.Join(w.dir, "kubeconfig") }

// keep leaves everything running until somebody interrupts the demo.
func (w *world) keep(ctx context.Context) {
	_, _ = fmt.Fprintf(w.out, `
Everything is running, until Ctrl-C here or: kill %d

  export KUBECONFIG=%s
  MLflow        %s
  operator log  %s
`, os.Getpid(), w.kubeconfig(), w.mlflow.URL, filepath.Join(w.dir, "operator.log"))
	<-ctx.Done()
}

// tearDown stops what runs, the last first. Where the operator did not do what it should,
// the end of its log is shown.
func (w *world) tearDown(err error) error {
	if err != nil && !errors.Is(err, errInterrupted) && w.operator != nil {
		_, _ = fmt.Fprintf(os.Stderr, "\nThe end of the operator's log:\n%s\n\n", w.operator.ReadLogTail())
	}
	w.say("cleaning up")
	for _, undo := range slices.Backward(w.undo) {
		err = errors.Join(err, undo())
	}
	w.say("done")
	return err
}
