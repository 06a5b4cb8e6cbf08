// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// kubeWrites are the requests of the operator that write objects of its own kinds. A
// write that changes nothing moves no resource version, and is seen here only.
var kubeWrites writeLog

type writeLog struct {
	mu     sync.Mutex
	writes []string
}

// recordWrites lets every request through, and writes down those that write.
func (l *writeLog) recordWrites(next http.RoundTripper) http.RoundTripper {
	return roundTripper(func(request *http.Request) (*http.Response, error) {
		if request.Method != http.MethodGet && strings.HasPrefix(request.URL.Path, "/apis/"+v1alpha1.SchemeGroupVersion.Group+"/") {
			l.mu.Lock()
			l.writes = append(l.writes, request.Method+" "+request.URL.Path)
			l.mu.Unlock()
		}
		return next.RoundTrip(request)
	})
}

// listWrites are the writes to objects of a namespace.
func (l *writeLog) listWrites(namespace string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(l.writes), func(write string) bool {
		return !strings.Contains(write, "/namespaces/"+namespace+"/")
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) {
	return f(request)
}
