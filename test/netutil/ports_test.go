// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package netutil

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

func TestFreePort(t *testing.T) {
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	if port < minPort || port > maxPort {
		t.Errorf("port %d is out of range", port)
	}
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	_ = listener.Close()
}

func TestWaitUntilReady(t *testing.T) {
	exited := make(chan struct{})
	close(exited)
	tests := map[string]struct {
		readyAt int64
		exited  chan struct{}
		timeout time.Duration
		want    string
	}{
		"immediately":              {readyAt: 1, timeout: time.Minute},
		"at the third probe":       {readyAt: 3, timeout: time.Minute},
		"after the process exited": {readyAt: 1 << 60, exited: exited, timeout: time.Minute, want: "exited before it was ready"},
		"after the timeout":        {readyAt: 1 << 60, timeout: time.Millisecond, want: "was not ready within 1ms"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var probes atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if probes.Add(1) < test.readyAt {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}))
			defer server.Close()
			got := ""
			if err := WaitUntilReady(t.Context(), server.URL, test.exited, test.timeout); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error is %q, want %q", got, test.want)
			}
		})
	}
}
