// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package loopback is for servers that tests start as processes of their own: it finds
// ports for them, and waits until they answer.
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

// The range lies below those from which Linux and macOS take the ports of connections and
// of listeners that ask for any: nobody gets one of these by chance while a server takes
// its seconds to start.
const (
	minPort = 20000
	maxPort = 29999
	// maxAttempts is far more than it takes where a handful of ports are in use.
	maxAttempts = 100
)

// probeInterval is how often a starting server is asked; a start takes seconds.
const probeInterval = 50 * time.Millisecond

// FreePort is a port of the loopback interface that nobody listens on.
func FreePort() (int, error) {
	var err error
	for range maxAttempts {
		port := minPort + rand.IntN(maxPort-minPort+1)
		//nolint:noctx // Nothing is waited for.
		listener, failed := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if failed == nil {
			return port, listener.Close()
		}
		err = failed
	}
	return 0, errors.Join(fmt.Errorf("no free port after %d attempts", maxAttempts), err)
}

// WaitUntilReady returns when the address answers with 200, or with an error when the process has
// exited or the time is up.
func WaitUntilReady(ctx context.Context, url string, exited <-chan struct{}, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(probeInterval)
	defer ticker.Stop()
	for !isReady(ctx, url) {
		select {
		case <-exited:
			return errors.New("ended before it answered")
		case <-ctx.Done():
			return fmt.Errorf("did not answer within %s", patience)
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
