// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// fakeServer lists what it is told to, slowly or not at all.
type fakeServer struct {
	clock *clocktesting.FakeClock

	mu     sync.Mutex
	models map[string]*entities.RegisteredModel
	info   mlflow.ServerInfo
	// err is the answer to every page from failFrom on, and infoErr that of the info.
	err, infoErr error
	failFrom     int
	// perPage is how long each page takes.
	perPage time.Duration
	// nameless is a server that can't search for names.
	nameless bool
	// marked are the models that carry our mark.
	marked map[string]bool
	// newest are the versions that were touched last, and feedErr the answer in their place.
	newest  []*entities.ModelVersion
	feedErr error
	// perFeed is how long a list of versions takes.
	perFeed time.Duration
	// hidden are the models that a list does not show and a get refuses.
	hidden map[string]bool
	// gate holds each page back until it is released, when there is one.
	gate chan struct{}
	// repeat makes every page name itself as the next.
	repeat                    bool
	pages, infos, gets, feeds int
	// filters are those of the lists, in order.
	filters []string
}

var _ Lister = (*fakeServer)(nil)

func newFakeServer(clock *clocktesting.FakeClock, models ...*entities.RegisteredModel) *fakeServer {
	s := &fakeServer{clock: clock, models: map[string]*entities.RegisteredModel{}, info: mlflow.ServerInfo{Version: "3.17.2"}}
	s.put(models...)
	return s
}

func (s *fakeServer) SearchRegisteredModels(
	ctx context.Context, request mlflow.SearchRequest,
) (*mlflow.RegisteredModelPage, error) {
	offset, _ := strconv.Atoi(request.PageToken)
	page, gate, err := s.page(request.Filter, offset, request.MaxResults)
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return page, err
}

// page reads at once what a gate may then hold back: an answer as old as its request.
func (s *fakeServer) page(filter string, offset, size int) (*mlflow.RegisteredModelPage, chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	s.filters = append(s.filters, filter)
	s.clock.Step(s.perPage)
	if s.err != nil && offset/size >= s.failFrom {
		return nil, s.gate, s.err
	}
	if s.nameless && strings.HasPrefix(filter, "name IN") {
		return nil, s.gate, mlflow.ErrInvalidParameter
	}
	names := s.found(filter)
	page := &mlflow.RegisteredModelPage{}
	for _, name := range names[min(offset, len(names)):min(offset+size, len(names))] {
		// Decoded anew, as by a client: no pointer is ever the same twice.
		page.RegisteredModels = append(page.RegisteredModels, new(*s.models[name]))
	}
	if offset+size < len(names) {
		page.NextPageToken = strconv.Itoa(offset + size)
	}
	if s.repeat {
		page.NextPageToken = strconv.Itoa(max(offset, 1))
	}
	return page, s.gate, nil
}

// found are the names that a filter finds, in order.
func (s *fakeServer) found(filter string) []string {
	var names []string
	for name := range s.models {
		if !s.hidden[name] && (filter == "" || filter == markFilter && s.marked[name] || strings.Contains(filter, "'"+name+"'")) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s *fakeServer) GetRegisteredModel(_ context.Context, name string) (*entities.RegisteredModel, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gets++
	model, exists := s.models[name]
	switch {
	case s.err != nil:
		return nil, s.err
	case s.hidden[name]:
		return nil, mlflow.ErrPermissionDenied
	case !exists:
		return nil, mlflow.ErrNotFound
	}
	return new(*model), nil
}

func (s *fakeServer) SearchModelVersions(context.Context, mlflow.SearchRequest) (*mlflow.ModelVersionPage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeds++
	s.clock.Step(s.perFeed)
	if s.feedErr != nil {
		return nil, s.feedErr
	}
	return &mlflow.ModelVersionPage{ModelVersions: s.newest}, s.err
}

func (s *fakeServer) GetServerInfo(context.Context) (*mlflow.ServerInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.infos++
	if s.infoErr != nil {
		return nil, s.infoErr
	}
	return new(s.info), nil
}

func (s *fakeServer) put(models ...*entities.RegisteredModel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range models {
		s.models[m.Name] = m
	}
}

func (s *fakeServer) drop(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.models, name)
}

// set changes how the server behaves.
func (s *fakeServer) set(change func(*fakeServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *fakeServer) fail(err error) {
	s.set(func(s *fakeServer) { s.err, s.failFrom = err, 0 })
}

func (s *fakeServer) asked() (pages, infos int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pages, s.infos
}

// model is a model whose champion is a version.
func model(name, champion string) *entities.RegisteredModel {
	return &entities.RegisteredModel{Name: name, Aliases: map[string]string{"champion": champion}}
}

// champion is what the view shows of such a model; empty when it shows none.
func champion(v *View, name string) string {
	m, seen := v.Model(name)
	if !seen {
		return ""
	}
	return m.Aliases["champion"]
}
