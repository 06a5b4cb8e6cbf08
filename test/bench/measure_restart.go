// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"
)

// measureRestart stops the operator and starts it again, with everything as it should be:
// nothing may be written, neither to the cluster nor to MLflow.
func (b *bench) measureRestart(ctx context.Context, st *stand, c contender, name string) error {
	o := c.(*operatorContender)
	cluster := o.cluster
	// What a load before has made of the poll interval, the next poll puts right.
	interval, err := o.interval(ctx)
	if err := errors.Join(err, sleep(ctx, interval*3/2)); err != nil {
		return err
	}
	if _, err := cluster.settle(ctx); err != nil {
		return err
	}
	before := cluster.tracker.versions()
	cluster.operator.Stop()
	began := time.Now()
	if err := cluster.startOperator(ctx); err != nil {
		return err
	}
	st.roots["operator"] = cluster.operator.PID()
	ctx, cancel := context.WithTimeout(ctx, b.patience(st.setup))
	defer cancel()
	rested, err := cluster.settle(ctx)
	if err != nil {
		return err
	}
	readings, err := scrape(ctx, cluster.metrics)
	if err != nil {
		return err
	}
	requests, writes := requestsByEndpoint(readings)
	var asked float64
	for _, count := range requests {
		asked += count
	}
	r := b.record(st.setup, restart, name, 0)
	rewritten := differing(before, cluster.tracker.versions())
	r.add("time", "s", rested.Sub(began).Seconds())
	r.add("requests", "requests", asked)
	r.add("writes to MLflow", "requests", writes)
	r.add("writes to Kubernetes", "objects", float64(len(rewritten)))
	b.say("%s: restarted in %.1f s with %.0f requests", st.setup, rested.Sub(began).Seconds(), asked)
	b.promise(writes == 0, "%s: the restarted operator wrote to MLflow %.0f times: %v", st.setup, writes, requests)
	b.promise(len(rewritten) == 0, "%s: the restarted operator wrote to %v", st.setup, rewritten)
	return recordMemory(r, cluster.operator.PID())
}

// differing are the objects that have another resource version than before.
func differing(before, after map[string]string) []string {
	var keys []string
	for key, version := range after {
		if before[key] != version {
			keys = append(keys, key)
		}
	}
	return keys
}
