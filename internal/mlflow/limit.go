// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

// waiting is a call that ended before it was made: the server is not to blame.
func waiting(q call, cause error) *Error {
	return &Error{Endpoint: q.endpoint, reason: "given up before it was sent: " + cause.Error(), kinds: []error{cause}}
}
