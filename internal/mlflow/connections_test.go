// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

func TestKeepAliveIsUsedIfItIsFast(t *testing.T) {
	want := int32(3)
	if keepAliveIsFast {
		want = 1
	}
	for name, start := range map[string]func(*httptest.Server){
		"without TLS": (*httptest.Server).Start, "with TLS": (*httptest.Server).StartTLS,
	} {
		t.Run(name, func(t *testing.T) {
			var opened atomic.Int32
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"registered_model": {}}`)
			}))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			start(server)
			t.Cleanup(server.Close)
			client := newTestClient(t, server.URL, func(c *Config) { c.InsecureSkipVerify = true })
			for range 3 {
				if err := readModel(t.Context(), client); err != nil {
					t.Fatal(err)
				}
			}
			if got := opened.Load(); got != want {
				t.Errorf("3 requests open %d connections, want %d", got, want)
			}
		})
	}
}
