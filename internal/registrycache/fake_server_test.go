// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	clocktesting "k8s.io/utils/clock/testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// fakeServer is an MLflow server that can be slow, fail, and block.
type fakeServer struct {
	clock *clocktesting.FakeClock

	mu     sync.Mutex
	models map[string]*entities.RegisteredModel
	info   mlflow.ServerInfo
	// err is the error of every page from number failFrom, and infoErr that of the server info.
	err, infoErr error
	failFrom     int
	// perPage is how long each page takes.
	perPage time.Duration
	// noNameSearch makes the server reject a search for names.
	noNameSearch bool
	// tagged are the models with our owner tag.
	tagged map[string]bool
	// newestVersions are the versions that were updated last; incrementalErr is returned instead of them.
	newestVersions []*entities.ModelVersion
	incrementalErr error
	// perIncremental is how long a list of versions takes.
	perIncremental time.Duration
	// hidden are the models that a list omits and a get denies.
	hidden map[string]bool
	// release blocks each page until a receive from it succeeds; nil does not block.
	release chan struct{}
	// endless makes every page return itself as the next.
	endless                          bool
	pages, infos, gets, incrementals int
	// filters are the filters of the lists, in order.
	filters []string
}

var _ Lister = (*fakeServer)(nil)

func newFakeServer(clock *clocktesting.FakeClock, models ...*entities.RegisteredModel) *fakeServer {
	s := &fakeServer{clock: clock, models: map[string]*entities.RegisteredModel{}, info: mlflow.ServerInfo{Version: "3.17.2"}}
	s.putModels(models...)
	return s
}

func (s *fakeServer) SearchRegisteredModels(
	ctx context.Context, request mlflow.SearchRequest,
) (*mlflow.RegisteredModelPage, error) {
	offset, _ := strconv.Atoi(request.PageToken)
	page, gate, err := s.readPage(request.Filter, offset, request.MaxResults)
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return page, err
}

// readPage reads the page before the caller blocks: the answer is as old as its request.
func (s *fakeServer) readPage(filter string, offset, size int) (*mlflow.RegisteredModelPage, chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	s.filters = append(s.filters, filter)
	s.clock.Step(s.perPage)
	if s.err != nil && offset/size >= s.failFrom {
		return nil, s.release, s.err
	}
	if s.noNameSearch && strings.HasPrefix(filter, "name IN") {
		return nil, s.release, mlflow.ErrInvalidParameter
	}
	names := s.filterNames(filter)
	page := &mlflow.RegisteredModelPage{}
	for _, name := range names[min(offset, len(names)):min(offset+size, len(names))] {
		// A copy, because a client decodes each answer: no two answers share a pointer.
		page.RegisteredModels = append(page.RegisteredModels, new(*s.models[name]))
	}
	if offset+size < len(names) {
		page.NextPageToken = strconv.Itoa(offset + size)
	}
	if s.endless {
		page.NextPageToken = strconv.Itoa(max(offset, 1))
	}
	return page, s.release, nil
}

// filterNames returns the names that a filter finds, sorted.
func (s *fakeServer) filterNames(filter string) []string {
	var names []string
	for name := range s.models {
		if !s.hidden[name] && (filter == "" || filter == ownerTagFilter && s.tagged[name] || strings.Contains(filter, "'"+name+"'")) {
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
	s.incrementals++
	s.clock.Step(s.perIncremental)
	if s.incrementalErr != nil {
		return nil, s.incrementalErr
	}
	return &mlflow.ModelVersionPage{ModelVersions: s.newestVersions}, s.err
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

func (s *fakeServer) putModels(models ...*entities.RegisteredModel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range models {
		s.models[m.Name] = m
	}
}

func (s *fakeServer) dropModel(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.models, name)
}

// configure changes how the server behaves.
func (s *fakeServer) configure(change func(*fakeServer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

func (s *fakeServer) failWith(err error) {
	s.configure(func(s *fakeServer) { s.err, s.failFrom = err, 0 })
}

func (s *fakeServer) countRequests() (pages, infos int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.pages, s.infos
}

// newModel returns a model whose alias champion is on a version.
func newModel(name, champion string) *entities.RegisteredModel {
	return &entities.RegisteredModel{Name: name, Aliases: map[string]string{"champion": champion}}
}

// championVersion returns the version of champion in a snapshot; empty if the snapshot lacks the model.
func championVersion(snapshot *Snapshot, name string) string {
	m, seen := snapshot.Model(name)
	if !seen {
		return ""
	}
	return m.Aliases["champion"]
}

// takeRequests returns the filters of the lists and the number of gets since the last call.
func (s *fakeServer) takeRequests() (filters []string, gets int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	filters, gets = s.filters, s.gets
	s.filters, s.gets = nil, 0
	return filters, gets
}

func newModels(n int) []*entities.RegisteredModel {
	models := make([]*entities.RegisteredModel, 0, n)
	for i := range n {
		models = append(models, newModel(fmt.Sprintf("m-%03d", i), "1"))
	}
	return models
}

func sortedNames(models []*entities.RegisteredModel) []string {
	var names []string
	for _, m := range models {
		names = append(names, m.Name)
	}
	return names
}
