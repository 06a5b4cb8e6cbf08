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

// operatorSubject is the product: its binary as a process, and a control plane to which objects
// are applied.
type operatorSubject struct {
	bench   *bench
	env     *environment
	cluster *cluster
	// applyDuration is the time that it took to apply all objects.
	applyDuration time.Duration
}

func (o *operatorSubject) prepare(ctx context.Context) error {
	var err error
	if o.cluster, err = startCluster(ctx, o.bench.manager, o.env.dir); err != nil {
		return err
	}
	if err := o.cluster.startOperator(ctx); err != nil {
		return err
	}
	all, err := listProcesses()
	if err != nil {
		return err
	}
	o.env.roots["operator"] = o.cluster.operator.PID()
	for _, name := range []string{"kube-apiserver", "etcd"} {
		for _, pid := range listChildren(all, name) {
			o.env.roots[name] = pid
		}
	}
	return nil
}

// converge applies the connection, all models and all promotions, and waits until all of them are
// Ready. The operator starts without a snapshot of the registry.
func (o *operatorSubject) converge(ctx context.Context) (time.Time, error) {
	objects := buildObjects(o.env.server.URL, o.pollInterval(), o.env.setup.Models)
	all := o.cluster.tracker.watchReady(len(objects))
	profiles := startProfiler(ctx, o.bench.profiles, o.cluster.profiles, o.env.setup)
	defer profiles.cancel()
	started := time.Now()
	if err := o.cluster.apply(ctx, objects); err != nil {
		return time.Time{}, err
	}
	o.applyDuration = time.Since(started)
	end, err := o.waitFor(ctx, all, "all objects to be Ready")
	return end, errors.Join(err, profiles.stop(ctx))
}

// waitFor waits for a watch. The error contains the state of the cluster and the operator log.
func (o *operatorSubject) waitFor(ctx context.Context, w *watch, what string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, o.bench.convergeTimeout(o.env.setup))
	defer cancel()
	go func() {
		select {
		case <-o.cluster.operator.Exited():
			cancel()
		case <-ctx.Done():
		}
	}()
	at, err := w.wait(ctx)
	if err != nil {
		return at, fmt.Errorf("wait for %s: %w; %d objects are Ready; the operator log ends with:\n%s",
			what, err, o.cluster.tracker.countReady(), o.cluster.operator.ReadLogTail())
	}
	return at, nil
}

func (o *operatorSubject) pollInterval() v1alpha1.Duration {
	return v1alpha1.Duration(o.bench.poll.String())
}

// recordDetails adds the writes, the requests to MLflow and the memory.
func (o *operatorSubject) recordDetails(ctx context.Context, r recorder) error {
	if _, err := o.cluster.waitUntilIdle(ctx); err != nil {
		return err
	}
	samples, err := scrapeMetrics(ctx, o.cluster.metrics)
	if err != nil {
		return err
	}
	r.add("apply", "s", o.applyDuration.Seconds())
	r.add("writes to Kubernetes", "writes", float64(o.cluster.tracker.countChanges()))
	requests, _ := countRequests(samples)
	for _, endpoint := range slices.Sorted(maps.Keys(requests)) {
		r.add("requests "+endpoint, "requests", requests[endpoint])
	}
	return recordMemory(r, o.cluster.operator.PID())
}

// maintain points the connection to another URL of the same server, such as a proxy.
func (o *operatorSubject) maintain(ctx context.Context, url string) (maintenance, error) {
	if err := o.setConnectionURL(ctx, url); err != nil {
		return maintenance{}, err
	}
	interval, err := o.readPollInterval(ctx)
	back := func(ctx context.Context) error { return o.setConnectionURL(ctx, o.env.server.URL) }
	return maintenance{interval: interval, stop: back}, err
}

// readPollInterval returns the effective poll interval of the operator.
func (o *operatorSubject) readPollInterval(ctx context.Context) (time.Duration, error) {
	var connection v1alpha1.MLflowConnection
	key := client.ObjectKey{Namespace: namespace, Name: connectionName}
	if err := o.cluster.plane.Client.Get(ctx, key, &connection); err != nil {
		return 0, err
	}
	return time.ParseDuration(string(connection.Status.EffectivePollInterval))
}

// setConnectionURL edits the connection and waits until the operator is connected and idle.
func (o *operatorSubject) setConnectionURL(ctx context.Context, url string) error {
	all := 2*o.env.setup.Models + 1
	if err := o.cluster.patch(ctx, &v1alpha1.MLflowConnection{}, connectionName, `{"spec":{"url":"`+url+`"}}`); err != nil {
		return err
	}
	connected := o.cluster.tracker.watch("", func() bool {
		known, ok := o.cluster.tracker.objects[objectKey(newNamedConnection())].(*v1alpha1.MLflowConnection)
		return ok && known.Spec.URL == url && isReady(known) && len(o.cluster.tracker.ready) >= all
	})
	if _, err := o.waitFor(ctx, connected, "the connection to "+url); err != nil {
		return err
	}
	_, err := o.cluster.waitUntilIdle(ctx)
	return err
}

func newNamedConnection() *v1alpha1.MLflowConnection {
	object := &v1alpha1.MLflowConnection{}
	object.Name = connectionName
	return object
}

// watchRevert watches for a history entry of the i-th promotion that reports a reverted drift.
func (o *operatorSubject) watchRevert(i int) *watch {
	return o.cluster.tracker.watchPromotion(promotionName(production, i), func(p *v1alpha1.ModelPromotion) bool {
		return len(p.Status.History) > 0 && p.Status.History[0].Reason == v1alpha1.PromotionReasonDriftReverted
	})
}

func (o *operatorSubject) stop() error {
	if o.cluster == nil {
		return nil
	}
	stopped := o.cluster
	o.cluster = nil
	return stopped.stop()
}
