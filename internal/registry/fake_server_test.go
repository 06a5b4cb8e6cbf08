// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"slices"
	"strconv"
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
	// gate holds each page back until it is released, when there is one.
	gate chan struct{}
	// repeat makes every page name itself as the next.
	repeat       bool
	pages, infos int
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
	page, gate, err := s.page(offset, request.MaxResults)
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
func (s *fakeServer) page(offset, size int) (*mlflow.RegisteredModelPage, chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages++
	s.clock.Step(s.perPage)
	if s.err != nil && offset/size >= s.failFrom {
		return nil, s.gate, s.err
	}
	page := &mlflow.RegisteredModelPage{RegisteredModels: s.rows(offset, size)}
	if offset+size < len(s.models) {
		page.NextPageToken = strconv.Itoa(offset + size)
	}
	if s.repeat {
		page.NextPageToken = strconv.Itoa(max(offset, 1))
	}
	return page, s.gate, nil
}

// rows decodes anew, as a client does: no pointer is ever the same twice.
func (s *fakeServer) rows(offset, size int) []*entities.RegisteredModel {
	names := make([]string, 0, len(s.models))
	for name := range s.models {
		names = append(names, name)
	}
	slices.Sort(names)
	var rows []*entities.RegisteredModel
	for _, name := range names[min(offset, len(names)):min(offset+size, len(names))] {
		rows = append(rows, new(*s.models[name]))
	}
	return rows
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
