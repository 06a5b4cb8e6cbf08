// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package limiter is an adaptive concurrency limiter with two priorities.
//
// # Purpose
//
// Many goroutines share a server. The limiter bounds the requests in flight to the number that the server
// gains from, and serves requests first for which a person waits.
//
// # Usage
//
//	l := limiter.NewAdaptive(4)
//	release, err := l.Acquire(ctx)
//	if err != nil {
//		return err
//	}
//	defer release()
//	// … one request …
//
//	ctx = limiter.WithHighPriority(ctx) // goes before others
//
// # How it works
//
// Two queues share the slots. The high-priority one is served first and may use all slots; one request in
// five is an ordinary one all the same. While requests wait, the tuner measures the
// rate of the answers, and tries one slot less and one more in turn: it keeps less if the rate is
// the same, and more if the rate is clearly higher. A request that takes
// seconds does not count against the limit: it may hang.
//
// # Trade-offs
//
// Requests of all kinds count alike. A few long requests distort a measurement; the
// next trial corrects it.
package limiter
