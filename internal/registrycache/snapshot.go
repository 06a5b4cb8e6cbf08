// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/batch"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Snapshot is a reconciler's access to one connection: the models as the last poll showed
// them, and a client for everything else. Get a new one in each reconcile: a
// rotated Secret or an edited URL makes a new Snapshot, and the old one keeps
// the old credentials.
type Snapshot struct {
	key      Key
	client   *mlflow.Client
	reader   *batch.Reader
	serverID string
	store    *store
	poller   *poller
}

// Client returns a client of the server that the snapshot shows.
func (s *Snapshot) Client() *mlflow.Client {
	return s.client
}

// Reader reads single objects from the server, and joins simultaneous reads to few requests.
func (s *Snapshot) Reader() *batch.Reader {
	return s.reader
}

// ServerID identifies the server and the workspace. Two connections with the same ServerID
// show the same models.
func (s *Snapshot) ServerID() string {
	return s.serverID
}

// ServerInfo returns what the server last reported about itself.
func (s *Snapshot) ServerInfo() mlflow.ServerInfo {
	return s.poller.health.currentState().ServerInfo
}

// Model returns the model as a list or an Update last showed it. It
// makes no request. False does not prove that the model does not exist: verify with a
// get. Callers must not change the model.
func (s *Snapshot) Model(name string) (*entities.RegisteredModel, bool) {
	return s.store.getModel(name)
}

// Update replaces the known state of a model with the answer of a get, after a write or a verification.
// A list that began earlier does not undo it. Update sends no event; it reports
// whether the model changed, and then the reconcile calls Notify after it has written its status. A prompt is
// removed instead, because lists hide prompts and would make it unlisted again with each poll.
func (s *Snapshot) Update(m *entities.RegisteredModel) (changed bool) {
	if m.IsPrompt() {
		return s.store.removeModel(m.Name)
	}
	return s.store.overrideModel(m)
}

// Notify enqueues the objects that a change of a model affects, except the observer: see
// Event.ObservedBy.
func (s *Snapshot) Notify(name, observedBy string) {
	s.poller.emit(Event{Key: s.key, Model: name, ObservedBy: observedBy})
}

// Remove removes a model that a get found to be deleted.
func (s *Snapshot) Remove(name string) {
	if s.store.removeModel(name) {
		s.Notify(name, "")
	}
}

// ReportError reports an error that the connection caused and not the object: no
// answer, invalid credentials, a wrong host. The connection stops being ready at once, and the
// next poll follows soon. All its objects are enqueued if the outage lasts. The cancellation of the
// caller's context is ignored.
func (s *Snapshot) ReportError(err error) {
	s.poller.reportError(err)
}
