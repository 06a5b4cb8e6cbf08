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

	"github.com/neuronews/mlflow-registry-operator/test/manager"
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
	kill     *kill
}

// kill kills the operator at the n-th request from now that it is meant for.
type kill struct {
	matches       func(*http.Request) bool
	countdown     int
	afterResponse bool
	// process is who is killed; it is known once aimed is closed. All requests wait for that:
	// an operator asks for things before whoever started it knows that it is ready, and
	// would get everything done before it is struck.
	process      *manager.Process
	processKnown chan struct{}
	// request is the request that it struck at, once done is closed.
	request string
	done    chan struct{}
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
	p.waitForProcess(request)
	due := p.beginRequest(request)
	defer p.endRequest()
	if due != nil && !due.afterResponse {
		due.killProcess()
	}
	p.recordWrite(request)
	kept := httptest.NewRecorder()
	p.target.ServeHTTP(kept, request.WithContext(context.WithoutCancel(request.Context())))
	if due != nil {
		due.killProcess()
	}
	maps.Copy(answer.Header(), kept.Header())
	answer.WriteHeader(kept.Code)
	_, _ = answer.Write(kept.Body.Bytes())
}

// setProcess says who is to be killed.
func (s *kill) setProcess(victim *manager.Process) {
	s.process = victim
	close(s.processKnown)
}

// killProcess kills and ends the request without an answer.
func (s *kill) killProcess() {
	<-s.processKnown
	s.process.Kill()
	close(s.done)
	panic(http.ErrAbortHandler)
}

// waitForProcess holds a request back while a strike does not know its victim.
func (p *proxy) waitForProcess(request *http.Request) {
	p.mu.Lock()
	armed := p.kill
	p.mu.Unlock()
	if armed == nil {
		return
	}
	select {
	case <-armed.processKnown:
	case <-request.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// beginRequest counts a request, and tells whether it is the one to strike at.
func (p *proxy) beginRequest(request *http.Request) *kill {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight++
	if p.kill == nil || !p.kill.matches(request) {
		return nil
	}
	p.kill.countdown--
	if p.kill.countdown > 0 {
		return nil
	}
	due := p.kill
	due.request = request.Method + " " + request.URL.Path
	p.kill = nil
	return due
}

func (p *proxy) endRequest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
}

func (p *proxy) recordWrite(request *http.Request) {
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

// scheduleKill has the strike happen, once it has a victim.
func (p *proxy) scheduleKill(s *kill) *kill {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kill = s
	return s
}

// isIdle tells whether no request is under way.
func (p *proxy) isIdle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inFlight == 0
}

func (p *proxy) listWrites() []write {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.writes)
}

// listWritesTo are the writes to one endpoint.
func (p *proxy) listWritesTo(endpoint string) []write {
	return slices.DeleteFunc(p.listWrites(), func(w write) bool { return w.Endpoint != endpoint })
}
