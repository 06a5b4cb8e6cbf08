// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
)

// proxy forwards requests to MLflow and counts requests, writes and bytes.
type proxy struct {
	url    string
	server *httptest.Server
	target *httputil.ReverseProxy
	bytes  atomic.Int64

	mu     sync.Mutex
	counts map[string]int
}

func newProxy(server string) (*proxy, error) {
	target, err := url.Parse(server)
	if err != nil {
		return nil, err
	}
	p := &proxy{
		target: &httputil.ReverseProxy{
			Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
			Transport: newQuickAckTransport(8),
			// A stopped subject cancels its requests.
			ErrorLog: log.New(io.Discard, "", 0),
		},
		counts: map[string]int{},
	}
	p.server = httptest.NewUnstartedServer(p)
	p.server.Listener = countingListener{p.server.Listener, &p.bytes}
	p.server.Start()
	p.url = p.server.URL
	return p, nil
}

// ServeHTTP counts a request and forwards it.
func (p *proxy) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	p.mu.Lock()
	p.counts[requestKind(request)]++
	p.mu.Unlock()
	p.target.ServeHTTP(response, request)
}

// requestKind returns the endpoint, with a prefix if the request writes.
func requestKind(request *http.Request) string {
	_, endpoint, known := strings.Cut(request.URL.Path, "/mlflow/")
	if !known {
		endpoint = request.URL.Path
	}
	if isWrite(request.Method, endpoint) {
		return writePrefix + endpoint
	}
	return endpoint
}

const writePrefix = "write "

// isWrite excludes searches, which may be POST requests.
func isWrite(method, endpoint string) bool {
	return method != http.MethodGet && !strings.HasSuffix(endpoint, "/search")
}

// tally is a reading of the counters of a proxy.
type tally struct {
	requests, writes int
	bytes            int64
	byKind           map[string]int
}

func (p *proxy) readTally() tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := tally{bytes: p.bytes.Load(), byKind: map[string]int{}}
	for kind, count := range p.counts {
		t.byKind[kind] = count
		t.requests += count
		if strings.HasPrefix(kind, writePrefix) {
			t.writes += count
		}
	}
	return t
}

// since subtracts an earlier tally.
func (t tally) since(earlier tally) tally {
	return tally{
		requests: t.requests - earlier.requests, writes: t.writes - earlier.writes, bytes: t.bytes - earlier.bytes,
	}
}

func (p *proxy) close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

// countingListener counts the bytes of its connections, including headers.
type countingListener struct {
	net.Listener
	bytes *atomic.Int64
}

// Accept implements net.Listener.
func (l countingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return countingConn{conn, l.bytes}, err
}

type countingConn struct {
	net.Conn
	bytes *atomic.Int64
}

func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

func (c countingConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.bytes.Add(int64(n))
	return n, err
}
