// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// operatorContender is the product: the binary as a process, a control plane, and somebody
// who applies a directory.
type operatorContender struct {
	bench   *bench
	stand   *stand
	cluster *cluster
	// applied is how long it took to send all objects.
	applied time.Duration
}

func (c *operatorContender) prepare(ctx context.Context) error {
	var err error
	if c.cluster, err = startCluster(ctx, c.bench.manager, c.stand.dir); err != nil {
		return err
	}
	if err := c.cluster.startOperator(ctx); err != nil {
		return err
	}
	all, err := processes()
	if err != nil {
		return err
	}
	c.stand.roots["operator"] = c.cluster.operator.PID()
	for _, name := range []string{"kube-apiserver", "etcd"} {
		for _, pid := range children(all, name) {
			c.stand.roots[name] = pid
		}
	}
	return nil
}

// converge applies the connection, all models and all promotions, and waits until all of
// them are Ready. The operator meets a registry of which it knows nothing.
func (c *operatorContender) converge(ctx context.Context) (time.Time, error) {
	objects := everything(c.stand.server.URL, c.pollInterval(), c.stand.setup.Models)
	all := c.cluster.tracker.expectReady(len(objects))
	profiles := startProfiles(ctx, c.bench.profiles, c.cluster.profiles, c.stand.setup)
	defer profiles.cancel()
	began := time.Now()
	if err := c.cluster.apply(ctx, objects); err != nil {
		return time.Time{}, err
	}
	c.applied = time.Since(began)
	end, err := c.await(ctx, all, "all objects to be Ready")
	return end, errors.Join(err, profiles.stop(ctx))
}

// await waits, and says what was there instead.
func (c *operatorContender) await(ctx context.Context, w *waiter, what string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, c.bench.patience(c.stand.setup))
	defer cancel()
	go func() {
		select {
		case <-c.cluster.operator.Exited():
			cancel()
		case <-ctx.Done():
		}
	}()
	at, err := w.wait(ctx)
	if err != nil {
		return at, fmt.Errorf("waited in vain for %s: %d of the objects are Ready: %w; the end of the operator's log:\n%s",
			what, c.cluster.tracker.readyCount(), err, c.cluster.operator.ReadLogTail())
	}
	return at, nil
}

func (c *operatorContender) pollInterval() v1alpha1.Duration {
	return v1alpha1.Duration(c.bench.poll.String())
}

// figures are what the process used, and what it asked of MLflow.
func (c *operatorContender) figures(ctx context.Context, r recorder) error {
	if _, err := c.cluster.settle(ctx); err != nil {
		return err
	}
	readings, err := scrape(ctx, c.cluster.metrics)
	if err != nil {
		return err
	}
	r.add("apply", "s", c.applied.Seconds())
	r.add("writes to Kubernetes", "writes", float64(c.cluster.tracker.changeCount()))
	requests, _ := requestsByEndpoint(readings)
	for _, endpoint := range slices.Sorted(maps.Keys(requests)) {
		r.add("requests "+endpoint, "requests", requests[endpoint])
	}
	return recordMemory(r, c.cluster.operator.PID())
}

// recordMemory is what a process has, and the most that it had.
func recordMemory(r recorder, pid int) error {
	now, err := memory(pid, "VmRSS")
	if err != nil {
		return err
	}
	peak, err := memory(pid, "VmHWM")
	if err != nil {
		return err
	}
	r.add("memory", "MiB", now)
	r.add("peak memory", "MiB", peak)
	return nil
}

// keep has the operator look at the registry through another address, where it is another.
func (c *operatorContender) keep(ctx context.Context, url string) (kept, error) {
	if err := c.connectTo(ctx, url); err != nil {
		return kept{}, err
	}
	interval, err := c.interval(ctx)
	back := func(ctx context.Context) error { return c.connectTo(ctx, c.stand.server.URL) }
	return kept{interval: interval, release: back}, err
}

// interval is how often the operator polls now.
func (c *operatorContender) interval(ctx context.Context) (time.Duration, error) {
	var connection v1alpha1.MLflowConnection
	key := client.ObjectKey{Namespace: namespace, Name: connectionName}
	if err := c.cluster.plane.Client.Get(ctx, key, &connection); err != nil {
		return 0, err
	}
	return time.ParseDuration(string(connection.Status.EffectivePollInterval))
}

// connectTo edits the address of the server, and waits until the operator has nothing to
// do after it.
func (c *operatorContender) connectTo(ctx context.Context, url string) error {
	all := 2*c.stand.setup.Models + 1
	if err := c.cluster.patch(ctx, &v1alpha1.MLflowConnection{}, connectionName, `{"spec":{"url":"`+url+`"}}`); err != nil {
		return err
	}
	connected := c.cluster.tracker.expect("", func() bool {
		known, ok := c.cluster.tracker.objects[keyOf(connectionNamed())].(*v1alpha1.MLflowConnection)
		return ok && known.Spec.URL == url && isReady(known) && len(c.cluster.tracker.ready) >= all
	})
	if _, err := c.await(ctx, connected, "the connection to "+url); err != nil {
		return err
	}
	_, err := c.cluster.settle(ctx)
	return err
}

func connectionNamed() *v1alpha1.MLflowConnection {
	object := &v1alpha1.MLflowConnection{}
	object.Name = connectionName
	return object
}

// expectPutBack waits until the history of the i-th promotion says that its alias was
// moved by another hand, and put back.
func (c *operatorContender) expectPutBack(i int) *waiter {
	return c.cluster.tracker.expectPromotion(promotionName(production, i), func(p *v1alpha1.ModelPromotion) bool {
		return len(p.Status.History) > 0 && p.Status.History[0].Reason == v1alpha1.PromotionReasonDriftReverted
	})
}

func (c *operatorContender) stop() error {
	if c.cluster == nil {
		return nil
	}
	stopped := c.cluster
	c.cluster = nil
	return stopped.stop()
}
