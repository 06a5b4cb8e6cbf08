// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

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
	// applyInFlight is what a GitOps tool has under way at a time.
	applyInFlight = 8
	fieldOwner    = client.FieldOwner("kubectl")
	// pulse is how often the operator's metrics are read while something is waited for that no
	// watch tells of.
	pulse = 100 * time.Millisecond
	// quietReadings is in how many readings in a row the operator has nothing to do.
	quietReadings = 5
)

// cluster is a control plane with the operator, as a process with the rights of config/rbac,
// and with somebody who watches.
type cluster struct {
	plane    *envtest.ControlPlane
	tracker  *tracker
	options  manager.Options
	operator *manager.Process
	metrics  string
	// profiles is the address of the operator's profiles.
	profiles string
}

// startCluster starts all but the operator.
func startCluster(ctx context.Context, binary, dir string) (*cluster, error) {
	plane, err := envtest.Start()
	if err != nil {
		return nil, err
	}
	c := &cluster{plane: plane}
	if err := c.prepare(ctx, binary, dir); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

func (c *cluster) prepare(ctx context.Context, binary, dir string) error {
	kubeconfig, err := manager.Authorize(ctx, c.plane, dir)
	if err != nil {
		return err
	}
	c.options = manager.Options{Binary: binary, Kubeconfig: kubeconfig, Log: filepath.Join(dir, "operator.log")}
	if err := c.plane.Client.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		return err
	}
	c.tracker, err = track(c.plane)
	return err
}

// startOperator starts one, with its metrics and profiles open to this machine.
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

// apply sends objects as kubectl apply --server-side does, several at a time and in order.
func (c *cluster) apply(ctx context.Context, objects []client.Object) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(applyInFlight)
	for _, object := range objects {
		group.Go(func() error {
			configuration, err := applyConfiguration(object)
			if err != nil {
				return err
			}
			return c.plane.Client.Apply(ctx, configuration, fieldOwner)
		})
	}
	return group.Wait()
}

// patch edits a spec as kubectl patch --type merge does.
func (c *cluster) patch(ctx context.Context, object client.Object, name, patch string) error {
	object.SetNamespace(namespace)
	object.SetName(name)
	return c.plane.Client.Patch(ctx, object, client.RawPatch(types.MergePatchType, []byte(patch)))
}

// settle waits until the operator is connected and has had nothing to do for half a second,
// and returns when that began.
func (c *cluster) settle(ctx context.Context) (time.Time, error) {
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	var since time.Time
	for quiet := 0; ; {
		now := time.Now()
		readings, err := scrape(ctx, c.metrics)
		switch {
		case err != nil || busy(readings):
			quiet = 0
		case quiet == 0:
			since = now
			quiet++
		default:
			quiet++
		}
		if quiet == quietReadings {
			return since, nil
		}
		select {
		case <-ticker.C:
		case <-c.operator.Exited():
			return since, errors.New("the operator ended")
		case <-ctx.Done():
			return since, fmt.Errorf("the operator does not come to rest: %w", errors.Join(ctx.Err(), err))
		}
	}
}

// busy tells whether an operator has work, or no connection.
func busy(readings []reading) bool {
	return sum(readings, "mlflow_registry_operator_connection_ready") == 0 ||
		sum(readings, "workqueue_depth") > 0 || sum(readings, "controller_runtime_active_workers") > 0
}
