// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package mlflow

// keepAliveIsFast is false, because only a new connection acknowledges at once here. That
// helps without TLS; with TLS the handshake uses up the quick acknowledgements.
const keepAliveIsFast = false

// newQuickAckDialer returns dial itself: this system has no option for quick acknowledgement.
func newQuickAckDialer(dial dialFunc) dialFunc {
	return dial
}
