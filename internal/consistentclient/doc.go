// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package consistentclient wraps the client of a manager so that no reconcile starts on a status
// older than the last one that was written through it.
//
// # Purpose
//
// The cache lags behind the API server by some milliseconds. A reconcile in that time would compare its result
// with an old status, see no difference, and leave the wrong status on the API server.
//
// # Usage
//
//	c := consistentclient.NewConsistentClient(mgr.GetClient())
//	if err := c.Get(ctx, key, &object, consistentclient.RequireFresh); err != nil {
//		return kubeutil.IgnoreConflict(err) // a conflict: reconcile again after a moment
//	}
//
// # How it works
//
// The client remembers the resource version that each status write returned. A Get with RequireFresh fails with a
// conflict as long as the cache shows an older one. It forgets the version when the cache shows it, when the
// object is deleted, or after ten seconds.
//
// The client also bounds the number of simultaneous status writes.
//
// # Trade-offs
//
// Only statuses are tracked, not finalizers, and only the writes of this process. Reconciling again costs less
// than reading from the API server when thousands of objects are written. controller-runtime has an
// option with a similar purpose; docs/adr/0022-read-your-writes.md compares them.
package consistentclient
