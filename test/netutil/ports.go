// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package netutil is for servers that tests start as separate processes: it finds ports for
// them, and waits until they are ready.
package netutil

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// The range is below the ephemeral ports of Linux and macOS, which the kernel assigns to
// connections and to listeners on port 0. So no other process gets such a port by chance
// during the seconds that a server takes to start.
const (
	minPort = 20000
	maxPort = 29999
	// maxAttempts is far more than necessary if a few ports are in use.
	maxAttempts = 100
)

// probeInterval is the time between probes of a starting server; a start takes seconds.
const probeInterval = 50 * time.Millisecond

// FreePort returns a port of the loopback interface on which no process listens.
func FreePort() (int, error) {
	var err error
	for range maxAttempts {
		port := minPort + rand.IntN(maxPort-minPort+1)
		//nolint:noctx // Listening does not block.
		listener, listenErr := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if listenErr == nil {
			return port, listener.Close()
		}
		err = listenErr
	}
	return 0, errors.Join(fmt.Errorf("no free port after %d attempts", maxAttempts), err)
}

// WaitUntilReady returns nil when the URL responds with 200, and an error when the process has
// exited or the timeout has passed. The error continues a sentence that names the server.
func WaitUntilReady(ctx context.Context, url string, exited <-chan struct{}, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for !isReady(ctx, url) {
		select {
		case <-exited:
			return errors.New("exited before it was ready")
		case <-ctx.Done():
			return fmt.Errorf("was not ready within %s", timeout)
		case <-ticker.C:
		}
	}
	return nil
}

func isReady(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}
