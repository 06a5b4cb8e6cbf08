// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"
)

// measureRestart restarts the operator while everything is converged. It must not write to the
// cluster or to MLflow.
func (b *bench) measureRestart(ctx context.Context, env *environment, c subject, name string) error {
	o := c.(*operatorSubject)
	cluster := o.cluster
	// A load lengthens the poll interval. The next poll corrects it.
	interval, err := o.readPollInterval(ctx)
	if err := errors.Join(err, sleep(ctx, interval*3/2)); err != nil {
		return err
	}
	if _, err := cluster.waitUntilIdle(ctx); err != nil {
		return err
	}
	before := cluster.tracker.resourceVersions()
	cluster.operator.Stop()
	started := time.Now()
	if err := cluster.startOperator(ctx); err != nil {
		return err
	}
	env.roots["operator"] = cluster.operator.PID()
	ctx, cancel := context.WithTimeout(ctx, b.convergeTimeout(env.setup))
	defer cancel()
	idleSince, err := cluster.waitUntilIdle(ctx)
	if err != nil {
		return err
	}
	samples, err := scrapeMetrics(ctx, cluster.metrics)
	if err != nil {
		return err
	}
	requests, writes := countRequests(samples)
	var total float64
	for _, count := range requests {
		total += count
	}
	r := b.newRecorder(env.setup, restart, name, 0)
	rewritten := listChanged(before, cluster.tracker.resourceVersions())
	r.add("time", "s", idleSince.Sub(started).Seconds())
	r.add("requests", "requests", total)
	r.add("writes to MLflow", "requests", writes)
	r.add("writes to Kubernetes", "objects", float64(len(rewritten)))
	b.logf("%s: restarted in %.1f s with %.0f requests", env.setup, idleSince.Sub(started).Seconds(), total)
	b.checkGuarantee(writes == 0, "%s: the restarted operator wrote to MLflow %.0f times: %v", env.setup, writes, requests)
	b.checkGuarantee(len(rewritten) == 0, "%s: the restarted operator wrote to %v", env.setup, rewritten)
	return recordMemory(r, cluster.operator.PID())
}

// listChanged returns the objects whose resource version has changed.
func listChanged(before, after map[string]string) []string {
	var keys []string
	for key, version := range after {
		if before[key] != version {
			keys = append(keys, key)
		}
	}
	return keys
}
