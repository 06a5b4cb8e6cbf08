// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/test/operator"
)

// apiPath comes before the names of MLflow's endpoints.
const apiPath = "/api/2.0/mlflow/"

// write is one request that changes something in MLflow, as it was forwarded.
type write struct {
	Endpoint string
	Model    string `json:"name"`
	Version  string `json:"version"`
	Alias    string `json:"alias"`
	Key      string `json:"key"`
	Stage    string `json:"stage"`
}

// proxy stands between the operator and MLflow. It writes down what is written, and can
// strike at a request: before it is forwarded, or after MLflow carried it out and before
// the operator hears of it.
type proxy struct {
	url    string
	target *httputil.ReverseProxy

	mu       sync.Mutex
	writes   []write
	inFlight int
	strike   *strike
}

// strike kills the operator at the n-th request from now that it is meant for.
type strike struct {
	meant     func(*http.Request) bool
	countdown int
	after     bool
	// victim is who is killed; it is known once aimed is closed. All requests wait for that:
	// an operator asks for things before whoever started it knows that it is ready, and
	// would get everything done before it is struck.
	victim *operator.Process
	aimed  chan struct{}
	// place is the request that it struck at, once done is closed.
	place string
	done  chan struct{}
}

func newProxy(server string) *proxy {
	GinkgoHelper()
	target, err := url.Parse(server)
	Expect(err).NotTo(HaveOccurred())
	path := target.Path
	target.Path = ""
	p := &proxy{target: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}}
	listener := httptest.NewServer(p)
	DeferCleanup(listener.Close)
	p.url = listener.URL + path
	return p
}

// ServeHTTP forwards to the end what it has begun to forward, so that what is written
// down has happened, whether or not the operator lives to hear of it.
func (p *proxy) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	p.awaitAim(request)
	due := p.begin(request)
	defer p.end()
	if due != nil && !due.after {
		due.hit()
	}
	p.note(request)
	kept := httptest.NewRecorder()
	p.target.ServeHTTP(kept, request.WithContext(context.WithoutCancel(request.Context())))
	if due != nil {
		due.hit()
	}
	maps.Copy(answer.Header(), kept.Header())
	answer.WriteHeader(kept.Code)
	_, _ = answer.Write(kept.Body.Bytes())
}

// aim says who is to be killed.
func (s *strike) aim(victim *operator.Process) {
	s.victim = victim
	close(s.aimed)
}

// hit kills and ends the request without an answer.
func (s *strike) hit() {
	<-s.aimed
	s.victim.Kill()
	close(s.done)
	panic(http.ErrAbortHandler)
}

// awaitAim holds a request back while a strike does not know its victim.
func (p *proxy) awaitAim(request *http.Request) {
	p.mu.Lock()
	armed := p.strike
	p.mu.Unlock()
	if armed == nil {
		return
	}
	select {
	case <-armed.aimed:
	case <-request.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// begin counts a request, and tells whether it is the one to strike at.
func (p *proxy) begin(request *http.Request) *strike {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight++
	if p.strike == nil || !p.strike.meant(request) {
		return nil
	}
	p.strike.countdown--
	if p.strike.countdown > 0 {
		return nil
	}
	due := p.strike
	due.place = request.Method + " " + request.URL.Path
	p.strike = nil
	return due
}

func (p *proxy) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
}

func (p *proxy) note(request *http.Request) {
	if request.Method == http.MethodGet || strings.HasSuffix(request.URL.Path, apiPath+"runs/search") {
		return
	}
	body, _ := io.ReadAll(request.Body)
	request.Body = io.NopCloser(bytes.NewReader(body))
	var w write
	_ = json.Unmarshal(body, &w)
	_, w.Endpoint, _ = strings.Cut(request.URL.Path, apiPath)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes = append(p.writes, w)
}

// arm has the strike happen, once it has a victim.
func (p *proxy) arm(s *strike) *strike {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.strike = s
	return s
}

// quiet tells whether no request is under way.
func (p *proxy) quiet() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inFlight == 0
}

func (p *proxy) written() []write {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.writes)
}

// writtenTo are the writes to one endpoint.
func (p *proxy) writtenTo(endpoint string) []write {
	return slices.DeleteFunc(p.written(), func(w write) bool { return w.Endpoint != endpoint })
}
