// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/batch"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// Snapshot is what a reconciler holds of one connection: a client to act with, and
// what is known of the models without asking. Get a new one in every pass: a
// rotated secret or an edited URL makes a new View, and the old one goes on with
// the old credentials.
type Snapshot struct {
	key      Key
	client   *mlflow.Client
	reader   *batch.Reader
	serverID string
	store    *store
	poller   *poller
}

// Client talks to the server that the view shows.
func (v *Snapshot) Client() *mlflow.Client {
	return v.client
}

// Reader reads single objects afresh, with few requests where many are read at a time.
func (v *Snapshot) Reader() *batch.Reader {
	return v.reader
}

// ServerID identifies the server and the workspace. Two connections with one Server
// speak of the same models.
func (v *Snapshot) ServerID() string {
	return v.serverID
}

// ServerInfo is what the server last told of itself.
func (v *Snapshot) ServerInfo() mlflow.ServerInfo {
	return v.poller.health.currentState().ServerInfo
}

// Model is the model as last seen, by a list or by what was remembered since. It
// costs no request. False is no proof that the model does not exist: confirm with a
// get. Do not change what it returns.
func (v *Snapshot) Model(name string) (*entities.RegisteredModel, bool) {
	return v.store.getModel(name)
}

// Update takes the answer of a get, after a write or a check, in place of what the view
// shows. A list that began before this moment does not undo it. It wakes nobody, and tells
// whether Wake is to be called, when the pass has written its status. A prompt is not noted
// but forgotten, because lists hide prompts and would make it absent again, poll after poll.
func (v *Snapshot) Update(m *entities.RegisteredModel) (news bool) {
	if m.IsPrompt() {
		return v.store.removeModel(m.Name)
	}
	return v.store.overrideModel(m)
}

// Notify wakes everybody who is concerned by a model, but for who saw the change: see
// Event.By.
func (v *Snapshot) Notify(name, by string) {
	v.poller.emit(Event{Key: v.key, Model: name, ObservedBy: by})
}

// Remove takes a model out that a get has confirmed to be gone.
func (v *Snapshot) Remove(name string) {
	if v.store.removeModel(name) {
		v.Notify(name, "")
	}
}

// ReportError reports an error that is the connection's fault and not the object's: no
// answer, bad credentials, a wrong host. The connection stops being ready at once, and the
// server is polled again soon. Everybody on it is woken when that has lasted. The end of the
// caller's own context is nobody's fault.
func (v *Snapshot) ReportError(err error) {
	v.poller.reportError(err)
}
