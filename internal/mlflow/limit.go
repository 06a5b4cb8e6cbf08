// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import "context"

// acquire takes one of the slots that reads and writes share, and waits for it as
// long as ctx lives. The slot is given back by calling release.
func (c *Client) acquire(ctx context.Context) (release func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// waiting is a call that ended before it was made: the server is not to blame.
func waiting(q call, cause error) *Error {
	return &Error{Endpoint: q.endpoint, reason: "given up before it was sent: " + cause.Error(), kinds: []error{cause}}
}
