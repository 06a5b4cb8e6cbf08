// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package workqueue orders the work of the controllers.
//
// # Purpose
//
// When thousands of objects wait for a reconcile, after a restart or an outage of MLflow, a person who edits
// one of them should not wait for all others.
//
// # Usage
//
//	options := workqueue.WithReservedWorkers(controller.Options{MaxConcurrentReconciles: 64})
//	builder.Watches(&v1alpha1.RegisteredModel{}, workqueue.EnqueueWithPriority(mapFn, isEdit))
//
//	interactive := r.tracker.BeginReconcile(obj, observedGeneration, handledRequest)
//	r.tracker.EndReconcile(key, isSettled)
//
// # How it works
//
// A request has HighPriority if a person waits for it. The controllers have more workers than their options
// say, and the additional ones take only such requests. An InteractiveTracker remembers for which objects a person
// waits until their reconcile is settled.
//
// # Trade-offs
//
// A few objects of each kind are interactive at a time. If a Git sync edits a thousand objects, the rest have
// normal priority, and their reads are joined.
package workqueue
