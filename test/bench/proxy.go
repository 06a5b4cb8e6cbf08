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

// proxy counts what goes to MLflow and back.
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
			Transport: promptTransport(8),
			// A contender that is stopped leaves requests behind.
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
func (p *proxy) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	p.mu.Lock()
	p.counts[kindOf(request)]++
	p.mu.Unlock()
	p.target.ServeHTTP(answer, request)
}

// kindOf is the endpoint, and tells reads from writes.
func kindOf(request *http.Request) string {
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

// isWrite knows that a search may be a POST.
func isWrite(method, endpoint string) bool {
	return method != http.MethodGet && !strings.HasSuffix(endpoint, "/search")
}

// tally is what a proxy has counted.
type tally struct {
	requests, writes int
	bytes            int64
	byKind           map[string]int
}

func (p *proxy) tally() tally {
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

// since is what was counted after an earlier tally.
func (t tally) since(earlier tally) tally {
	return tally{
		requests: t.requests - earlier.requests, writes: t.writes - earlier.writes, bytes: t.bytes - earlier.bytes,
	}
}

func (p *proxy) close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

// countingListener counts what its connections carry, headers and all.
type countingListener struct {
	net.Listener
	bytes *atomic.Int64
}

// Accept is part of net.Listener.
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
