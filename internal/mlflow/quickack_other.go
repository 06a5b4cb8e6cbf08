// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package mlflow

// keepAliveIsFast is false where only a new connection acknowledges at once. That
// helps without TLS; with it the handshake uses the quick acknowledgements up.
const keepAliveIsFast = false

// newQuickAckDialer has no means here to hurry acknowledgements.
func newQuickAckDialer(dial dialFunc) dialFunc {
	return dial
}
