// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/test/envtest"
	"github.com/neuronews/mlflow-registry-operator/test/manager"
	"github.com/neuronews/mlflow-registry-operator/test/netutil"
)

const (
	// applyConcurrency is the number of objects that a GitOps tool applies at a time.
	applyConcurrency = 8
	fieldOwner       = client.FieldOwner("kubectl")
	// checkInterval is the delay between two checks of a state that no watch reports, such as an
	// empty work queue.
	checkInterval = 100 * time.Millisecond
	// idleReadings is the number of consecutive readings without work that count as idle: half a
	// second.
	idleReadings = 5
)

// cluster is a control plane, the operator as a process with the rights of config/rbac, and a
// tracker.
type cluster struct {
	plane    *envtest.ControlPlane
	tracker  *tracker
	options  manager.Options
	operator *manager.Process
	metrics  string
	// profiles is the address of pprof.
	profiles string
}

// startCluster starts everything except the operator.
func startCluster(ctx context.Context, binary, dir string) (*cluster, error) {
	plane, err := envtest.Start()
	if err != nil {
		return nil, err
	}
	c := &cluster{plane: plane}
	if err := c.prepareNamespace(ctx, binary, dir); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (c *cluster) prepareNamespace(ctx context.Context, binary, dir string) error {
	kubeconfig, err := manager.Authorize(ctx, c.plane, dir)
	if err != nil {
		return err
	}
	c.options = manager.Options{Binary: binary, Kubeconfig: kubeconfig, Log: filepath.Join(dir, "operator.log")}
	if err := c.plane.Client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		return err
	}
	c.tracker, err = startTracker(c.plane)
	return err
}

// startOperator starts the operator with metrics and pprof on the loopback address.
func (c *cluster) startOperator(ctx context.Context) error {
	var addresses [2]string
	for i := range addresses {
		port, err := netutil.FreePort()
		if err != nil {
			return err
		}
		addresses[i] = fmt.Sprintf("127.0.0.1:%d", port)
	}
	c.metrics, c.profiles = "http://"+addresses[0]+"/metrics", addresses[1]
	options := c.options
	options.Args = []string{
		"--metrics-bind-address=" + addresses[0], "--metrics-secure=false", "--pprof-bind-address=" + addresses[1],
	}
	var err error
	c.operator, err = manager.Start(ctx, options)
	return err
}

func (c *cluster) stop() error {
	if c.operator != nil {
		c.operator.Stop()
	}
	if c.tracker != nil {
		c.tracker.stop()
	}
	return c.plane.Stop()
}

// apply applies objects server-side and in order, several at a time.
func (c *cluster) apply(ctx context.Context, objects []client.Object) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(applyConcurrency)
	for _, object := range objects {
		group.Go(func() error {
			configuration, err := toApplyConfiguration(object)
			if err != nil {
				return err
			}
			return c.plane.Client.Apply(ctx, configuration, fieldOwner)
		})
	}
	return group.Wait()
}

// patch merges a JSON patch into an object, as kubectl patch --type merge does.
func (c *cluster) patch(ctx context.Context, object client.Object, name, patch string) error {
	object.SetNamespace(namespace)
	object.SetName(name)
	return c.plane.Client.Patch(ctx, object, client.RawPatch(types.MergePatchType, []byte(patch)))
}

// waitUntilIdle waits until the operator is connected and had no work for half a second. It
// returns the start of that half second.
func (c *cluster) waitUntilIdle(ctx context.Context) (time.Time, error) {
	ticker := time.NewTicker(checkInterval)
	defer ticker.Stop()
	var since time.Time
	for idle := 0; ; {
		now := time.Now()
		samples, err := scrapeMetrics(ctx, c.metrics)
		switch {
		case err != nil || isBusy(samples):
			idle = 0
		case idle == 0:
			since = now
			idle++
		default:
			idle++
		}
		if idle == idleReadings {
			return since, nil
		}
		select {
		case <-ticker.C:
		case <-c.operator.Exited():
			return since, errors.New("the operator exited")
		case <-ctx.Done():
			return since, fmt.Errorf("the operator is still busy: %w", errors.Join(ctx.Err(), err))
		}
	}
}

// isBusy reports whether an operator has work or lacks a connection.
func isBusy(samples model.Vector) bool {
	return sumMetric(samples, "mlflow_registry_operator_connection_ready") == 0 ||
		sumMetric(samples, "workqueue_depth") > 0 || sumMetric(samples, "controller_runtime_active_workers") > 0
}
