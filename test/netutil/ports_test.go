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
		t.Errorf("port %d lies outside of the range", port)
	}
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	_ = listener.Close()
}

func TestWaitUntilReady(t *testing.T) {
	gone := make(chan struct{})
	close(gone)
	tests := map[string]struct {
		answersAt int64
		exited    chan struct{}
		patience  time.Duration
		want      string
	}{
		"at once":            {answersAt: 1, patience: time.Minute},
		"at the third time":  {answersAt: 3, patience: time.Minute},
		"of what is gone":    {answersAt: 1 << 60, exited: gone, patience: time.Minute, want: "ended before it answered"},
		"of what takes long": {answersAt: 1 << 60, patience: time.Millisecond, want: "did not answer within 1ms"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if asked.Add(1) < test.answersAt {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}))
			defer server.Close()
			got := ""
			if err := WaitUntilReady(t.Context(), server.URL, test.exited, test.patience); err != nil {
				got = err.Error()
			}
			if got != test.want {
				t.Errorf("error is %q, want %q", got, test.want)
			}
		})
	}
}
