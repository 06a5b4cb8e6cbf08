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

// apiPath is the prefix of MLflow's endpoints.
const apiPath = "/api/2.0/mlflow/"

// write is a forwarded request that changes something in MLflow.
type write struct {
	Endpoint string
	Model    string `json:"name"`
	Version  string `json:"version"`
	Alias    string `json:"alias"`
	Key      string `json:"key"`
	Stage    string `json:"stage"`
}

// proxy is a server between the operator and MLflow. It records writes, and can kill the operator
// at a request: before the request is forwarded, or after MLflow has executed it and before
// the operator gets the response.
type proxy struct {
	url    string
	target *httputil.ReverseProxy

	mu       sync.Mutex
	writes   []write
	inFlight int
	// kill is the scheduled kill; nil if there is none.
	kill *kill
	// killing is the kill whose request has come; nil once the operator is dead.
	killing *kill
}

// kill kills the operator at the n-th matching request.
type kill struct {
	matches func(*http.Request) bool
	// countdown is the number of matching requests up to the kill.
	countdown int
	// afterResponse says that MLflow executes the request before the kill.
	afterResponse bool
	// process is the operator to kill; it is set before processKnown is closed. All requests
	// wait for that: an operator sends requests before its start returns, and could otherwise
	// finish all its work before the kill.
	process      *manager.Process
	processKnown chan struct{}
	// request is the request of the kill; it is set before done is closed.
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

// ServeHTTP completes every request that it forwards, even if the operator is killed, so that
// every recorded write has happened.
func (p *proxy) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	p.waitForProcess(request)
	due := p.beginRequest(request)
	defer p.endRequest()
	if due != nil && !due.afterResponse {
		p.executeKill(due)
	}
	p.recordWrite(request)
	recorder := httptest.NewRecorder()
	p.target.ServeHTTP(recorder, request.WithContext(context.WithoutCancel(request.Context())))
	if due != nil {
		p.executeKill(due)
	}
	maps.Copy(response.Header(), recorder.Header())
	response.WriteHeader(recorder.Code)
	_, _ = response.Write(recorder.Body.Bytes())
}

// setProcess sets the process to kill, and releases the requests that wait for it.
func (k *kill) setProcess(process *manager.Process) {
	k.process = process
	close(k.processKnown)
}

// executeKill kills the operator, and aborts the request.
func (p *proxy) executeKill(k *kill) {
	<-k.processKnown
	k.process.Kill()
	p.mu.Lock()
	p.killing = nil
	p.mu.Unlock()
	close(k.done)
	panic(http.ErrAbortHandler)
}

// waitForProcess delays a request until the process of a scheduled kill is known. It aborts the
// requests that an operator sends while it is being killed: it could otherwise finish all its
// work before it is dead.
func (p *proxy) waitForProcess(request *http.Request) {
	p.mu.Lock()
	scheduled, killing := p.kill, p.killing
	p.mu.Unlock()
	if killing != nil {
		<-killing.done
		panic(http.ErrAbortHandler)
	}
	if scheduled == nil {
		return
	}
	select {
	case <-scheduled.processKnown:
	case <-request.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// beginRequest counts a request. It returns the kill to execute at this request; nil if there is
// none.
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
	p.kill, p.killing = nil, due
	return due
}

func (p *proxy) endRequest() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
}

// recordWrite records a request that is not a read.
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

// scheduleKill schedules a kill, and returns it.
func (p *proxy) scheduleKill(k *kill) *kill {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kill = k
	return k
}

// isIdle reports whether no request is in flight.
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

// listWritesTo returns the writes to one endpoint.
func (p *proxy) listWritesTo(endpoint string) []write {
	return slices.DeleteFunc(p.listWrites(), func(w write) bool { return w.Endpoint != endpoint })
}
