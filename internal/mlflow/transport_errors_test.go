// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// newQuietTLSServer starts a TLS server that does not log the handshakes that tests let fail.
func newQuietTLSServer(t *testing.T, edits ...func(*tls.Config)) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"registered_model": {}}`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10} // as on old servers
	for _, edit := range edits {
		edit(server.TLS)
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func TestServerCertificates(t *testing.T) {
	server := newQuietTLSServer(t)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	// The certificate is for 127.0.0.1, ::1 and example.com.
	byName := strings.Replace(server.URL, "127.0.0.1", "localhost", 1)
	tests := map[string]struct {
		url     string
		edit    func(*Config)
		wantMsg string
	}{
		"the bundle is trusted":       {url: server.URL, edit: func(c *Config) { c.CABundle = ca }},
		"any certificate is accepted": {url: server.URL, edit: func(c *Config) { c.InsecureSkipVerify = true }},
		"the system's roots are not trusted": {
			url: server.URL, wantMsg: "registered-models/get: the server's certificate is signed by an unknown authority",
		},
		"for another host name": {
			url: byName, edit: func(c *Config) { c.CABundle = ca },
			wantMsg: "registered-models/get: the server's certificate is not for this host name",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			edit := test.edit
			if edit == nil {
				edit = func(*Config) {}
			}
			err := readModel(t.Context(), newTestClient(t, test.url, edit))
			wantMessage(t, err, test.wantMsg)
			if got := errors.Is(err, ErrTLS) && errors.Is(err, ErrUnreachable); got != (test.wantMsg != "") {
				t.Errorf("error %v is ErrTLS and ErrUnreachable: %t", err, got)
			}
		})
	}
}

func TestHTTPSToAServerWithoutTLS(t *testing.T) {
	client := newServedClient(t, http.NotFound, func(c *Config) { c.URL = strings.Replace(c.URL, "http:", "https:", 1) })
	err := readModel(t.Context(), client)
	wantMessage(t, err, "registered-models/get: the server does not speak TLS: is its URL http, not https?")
	wantOnlyKind(t, err, ErrTLS)
}

func TestHTTPToAServerWithTLS(t *testing.T) {
	err := readModel(t.Context(), newTestClient(t, strings.Replace(newQuietTLSServer(t).URL, "https:", "http:", 1)))
	wantMessage(t, err, "registered-models/get: 400: the answer is not MLflow's")
	wantOnlyKind(t, err, ErrNotMLflow)
}

func TestConnectionsThatFail(t *testing.T) {
	tests := map[string]struct {
		serve   func(net.Conn)
		wantMsg string
		// wantOfWrite is the kind of the error of a write, which is not repeated.
		wantOfWrite error
	}{
		"closed without an answer": {
			serve: func(net.Conn) {}, wantOfWrite: ErrInterrupted, wantMsg: "the connection was closed before the whole answer was there",
		},
		"closed in the middle": {
			serve: func(c net.Conn) {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"registered_model\": {")
			},
			wantOfWrite: ErrInterrupted, wantMsg: "the connection was closed before the whole answer was there",
		},
		"no HTTP": {
			wantOfWrite: ErrUnreachable,
			serve:       func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-hunter2\r\n") },
			wantMsg:     "no valid HTTP answer",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := newTestClient(t, "http://"+startListener(t, test.serve))
			client.waitBackoff = skipBackoff
			err := readModel(t.Context(), client)
			wantMessage(t, err, "registered-models/get: "+test.wantMsg)
			wantOnlyKind(t, err, ErrUnreachable)
			wantOnlyKind(t, client.SetRegisteredModelAlias(t.Context(), "m", "champion", "1"), test.wantOfWrite)
		})
	}
}

func TestConnectionRefused(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	client := newTestClient(t, server.URL)
	client.waitBackoff = skipBackoff
	err := readModel(t.Context(), client)
	wantMessage(t, err, "registered-models/get: connection refused")
	wantOnlyKind(t, err, ErrUnreachable)
}

func TestTLSVersionAndClientCertificates(t *testing.T) {
	tests := map[string]func(*tls.Config){
		"the server is too old":                    func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 },
		"the server requires a client certificate": func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert },
	}
	for name, edit := range tests {
		t.Run(name, func(t *testing.T) {
			server := newQuietTLSServer(t, edit)
			err := readModel(t.Context(), newTestClient(t, server.URL, func(c *Config) { c.InsecureSkipVerify = true }))
			wantMessage(t, err, "registered-models/get: the TLS handshake failed")
			wantOnlyKind(t, err, ErrTLS)
		})
	}
}

// TestTransportErrors covers errors that are hard to cause on one machine.
func TestTransportErrors(t *testing.T) {
	timeout := context.DeadlineExceeded
	notFound := &net.DNSError{Name: "mlflow.mlops.svc", Server: "10.0.0.10:53", IsNotFound: true}
	expired := x509.CertificateInvalidError{Reason: x509.Expired, Detail: "current time is …"}
	tests := map[string]struct {
		err     error
		want    error
		wantMsg string
	}{
		"no such host": {
			&net.OpError{Op: "dial", Err: notFound}, ErrUnreachable, `the host name "mlflow.mlops.svc" can't be resolved`,
		},
		"no host at the address": {&net.OpError{Op: "dial", Err: timeout}, ErrUnreachable, "no connection in time"},
		"reset":                  {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, ErrUnreachable, "connection reset by peer"},
		"refused":                {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, ErrUnreachable, "connection refused"},
		"the proxy is down": {
			&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, ErrUnreachable, "no connection to the proxy",
		},
		"the proxy rejects the request": {errors.New("Proxy Authentication Required"), ErrUnreachable, "no valid HTTP answer"},
		"expired": {
			&tls.CertificateVerificationError{Err: expired}, ErrTLS, "the server's certificate has expired or is not valid yet",
		},
		"another bad certificate": {
			&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.NameMismatch}}, ErrTLS,
			"the server's certificate is not valid",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := newStubClient(t, func(*http.Request) (*http.Response, error) { return nil, test.err })
			client.waitBackoff = skipBackoff
			err := readModel(t.Context(), client)
			wantMessage(t, err, "registered-models/get: "+test.wantMsg)
			wantOnlyKind(t, err, test.want)
		})
	}
}

// startListener starts a listener that reads a request from each connection and calls serve.
func startListener(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Read(make([]byte, 4096))
			serve(conn)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}

func wantMessage(t *testing.T, err error, want string) {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("error is %q, want %q", got, want)
	}
}

// slowBody is a response body that never ends.
type slowBody struct{ ctx context.Context }

func (b slowBody) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func (slowBody) Close() error { return nil }

var _ io.ReadCloser = slowBody{}

func TestSlowResponses(t *testing.T) {
	tests := map[string]struct {
		deadline func(context.Context) (context.Context, context.CancelFunc)
		want     []error
		wantNot  error
		wantMsg  string
	}{
		"the request times out and is not repeated": {
			deadline: context.WithCancel, want: []error{ErrUnreachable}, wantNot: context.DeadlineExceeded,
			wantMsg: "registered-models/get: no complete answer within 30s",
		},
		"the caller's deadline comes first": {
			deadline: func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Second)
			},
			want: []error{ErrUnreachable, context.DeadlineExceeded}, wantNot: context.Canceled,
			wantMsg: "registered-models/get: no complete answer before the caller's deadline",
		},
		"the caller cancels, which is no error of the server": {
			deadline: func(ctx context.Context) (context.Context, context.CancelFunc) {
				ctx, cancel := context.WithCancel(ctx)
				time.AfterFunc(time.Second, cancel)
				return ctx, cancel
			},
			want: []error{context.Canceled}, wantNot: ErrUnreachable, wantMsg: "registered-models/get: the call was canceled",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests := 0
				client := newStubClient(t, func(r *http.Request) (*http.Response, error) {
					requests++
					return &http.Response{StatusCode: 200, Body: slowBody{r.Context()}}, nil
				})
				ctx, cancel := test.deadline(t.Context())
				defer cancel()
				err := readModel(ctx, client)
				for _, want := range test.want {
					if !errors.Is(err, want) {
						t.Errorf("error %v is not %v", err, want)
					}
				}
				if errors.Is(err, test.wantNot) || err.Error() != test.wantMsg || requests != 1 {
					t.Errorf("after %d requests: %q is %v, want %q", requests, err, test.wantNot, test.wantMsg)
				}
			})
		})
	}
}
