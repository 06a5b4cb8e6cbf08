// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"errors"
	"net/http"
	"time"
)

const (
	// maxRetries mends a restarted worker or a closed connection; what lasts longer
	// is the caller's to wait for.
	maxRetries        = 2
	initialRetryDelay = 100 * time.Millisecond
)

// doWithRetry makes a request, and repeats a read that met a passing failure. A write is
// sent once: nobody knows whether the one that failed was done.
func (c *Client) doWithRetry(ctx context.Context, q apiRequest) ([]byte, error) {
	if why := c.config.ReadOnlyReason; why != "" && !q.isRead() {
		return nil, &Error{Endpoint: q.endpoint, reason: "nothing is written while " + why, kinds: []error{ErrReadOnly}}
	}
	body, err := c.doOnce(ctx, q)
	for retry := range maxRetries {
		if !q.isRead() || !isRetryable(err) || c.waitBackoff(ctx, retry) != nil {
			break
		}
		body, err = c.doOnce(ctx, q)
	}
	return body, err
}

// isRetryable tells whether a failure may be over in a moment. A certificate won't
// change, and a request that used up its time would only use it up again.
func isRetryable(err error) bool {
	var failed *Error
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.StatusCode {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return errors.Is(err, ErrUnreachable) && !errors.Is(err, ErrTLS) && !errors.Is(err, ErrTimeout)
}

// waitBackoff waits longer before each retry, or until ctx ends.
func waitBackoff(ctx context.Context, retry int) error {
	timer := time.NewTimer(initialRetryDelay << (2 * retry))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
