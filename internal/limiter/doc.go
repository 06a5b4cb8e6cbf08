// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package lanes lets many goroutines share a server, as many at a time as it gains from,
// and those first that a person waits for.
//
// # Usage
//
//	l := lanes.Adaptive(4)
//	release, err := l.Acquire(ctx)
//	if err != nil {
//		return err
//	}
//	defer release()
//	// … one request …
//
//	ctx = lanes.Urgently(ctx) // goes before others
//
// # How it works
//
// Two queues share the slots. The urgent one is served first, and from all slots that there
// are; one in five goes to the others all the same. While somebody waits, the
// rate of the answers is measured, and one slot less and one more is tried in turn: less is
// kept where it brings as much, more where it brings clearly more. A request that takes
// seconds does not count against that number: it may hang.
//
// # Trade-offs
//
// Requests of all kinds count alike. A measurement with some long ones is a bad one; the
// next trial puts it right.
package limiter
