// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/bulk"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// View is what a reconciler holds of one connection: a client to act with, and
// what is known of the models without asking. Get a new one in every pass: a
// rotated secret or an edited URL makes a new View, and the old one goes on with
// the old credentials.
type View struct {
	key    Key
	client *mlflow.Client
	reader *bulk.Reader
	server string
	store  *store
	poller *poller
}

// Client talks to the server that the view shows.
func (v *View) Client() *mlflow.Client {
	return v.client
}

// Reader reads single objects afresh, with few requests where many are read at a time.
func (v *View) Reader() *bulk.Reader {
	return v.reader
}

// Server identifies the server and the workspace. Two connections with one Server
// speak of the same models.
func (v *View) Server() string {
	return v.server
}

// ServerInfo is what the server last told of itself.
func (v *View) ServerInfo() mlflow.ServerInfo {
	return v.poller.health.get().ServerInfo
}

// Model is the model as last seen, by a list or by what was remembered since. It
// costs no request. False is no proof that the model does not exist: confirm with a
// get. Do not change what it returns.
func (v *View) Model(name string) (*entities.RegisteredModel, bool) {
	return v.store.model(name)
}

// Note takes the answer of a get, after a write or a check, in place of what the view
// shows. A list that began before this moment does not undo it. It wakes nobody, and tells
// whether Wake is to be called, when the pass has written its status. A prompt is not noted
// but forgotten, because lists hide prompts and would make it absent again, poll after poll.
func (v *View) Note(m *entities.RegisteredModel) (news bool) {
	if m.IsPrompt() {
		return v.store.forget(m.Name)
	}
	return v.store.remember(m)
}

// Wake wakes everybody who is concerned by a model, but for who saw the change: see
// Event.By.
func (v *View) Wake(name, by string) {
	v.poller.emit(Event{Key: v.key, Model: name, By: by})
}

// Forget takes a model out that a get has confirmed to be gone.
func (v *View) Forget(name string) {
	if v.store.forget(name) {
		v.Wake(name, "")
	}
}

// Blame reports an error that is the connection's fault and not the object's: no
// answer, bad credentials, a wrong host. The connection stops being ready at once, and the
// server is polled again soon. Everybody on it is woken when that has lasted. The end of the
// caller's own context is nobody's fault.
func (v *View) Blame(err error) {
	v.poller.blame(err)
}
