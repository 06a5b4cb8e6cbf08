// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"context"
	"strings"
	"sync/atomic"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

const (
	version3 = mlflowtest.Version3
	version2 = mlflowtest.Version2

	adminName, adminPassword   = "admin", "a long admin password"
	readerName, readerPassword = "reader", "a long reader password"
	// hiddenPrefix begins the names of models that the reader must not see.
	hiddenPrefix = "hidden"

	pathPrefix  = "/tracking"
	allowedHost = "mlflow.example.com:5000"
)

// setup is what a server is run for.
type setup string

const (
	open       setup = "open"
	withAuth   setup = "auth"
	withSpaces setup = "workspaces"
	withPrefix setup = "prefix"
)

// server is one server under test.
type server struct {
	name    string
	setup   setup
	version string
	fake    *mlflowtest.Options
	real    *mlflowserver.Options

	url  string
	stop func()
}

var servers = []*server{
	{name: "in-memory-3", setup: open, version: version3, fake: &mlflowtest.Options{}},
	{name: "real-3", setup: open, version: version3, real: &mlflowserver.Options{}},
	{name: "in-memory-2", setup: open, version: version2, fake: &mlflowtest.Options{Version: version2}},
	{name: "real-2", setup: open, version: version2, real: &mlflowserver.Options{Version: version2}},

	{name: "in-memory-3", setup: withAuth, version: version3, fake: &mlflowtest.Options{
		Accounts: map[string]mlflowtest.Account{
			adminName:  {Password: adminPassword, Admin: true},
			readerName: {Password: readerPassword, Permission: mlflowtest.PermissionRead},
		},
	}},
	{name: "real-3", setup: withAuth, version: version3, real: &mlflowserver.Options{
		Args: []string{"--app-name", "basic-auth"},
		Env: []string{
			"MLFLOW_FLASK_SERVER_SECRET_KEY=a secret of this test",
			"MLFLOW_AUTH_ADMIN_PASSWORD=" + adminPassword,
		},
	}},

	{name: "in-memory-3", setup: withSpaces, version: version3, fake: &mlflowtest.Options{Workspaces: true}},
	{name: "real-3", setup: withSpaces, version: version3, real: &mlflowserver.Options{Args: []string{"--enable-workspaces"}}},

	{name: "in-memory-3", setup: withPrefix, version: version3, fake: &mlflowtest.Options{
		PathPrefix: pathPrefix, AllowedHosts: []string{allowedHost},
	}},
	{name: "real-3", setup: withPrefix, version: version3, real: &mlflowserver.Options{
		PathPrefix: pathPrefix, Args: []string{"--allowed-hosts", allowedHost},
	}},
}

func (k *server) startServer(ctx context.Context) error {
	if k.fake != nil {
		k.startInMemory()
		return nil
	}
	server, err := mlflowserver.Start(ctx, *k.real)
	if err != nil {
		return err
	}
	k.url = server.URL
	k.stop = func() { _ = server.Stop() }
	if k.setup == withAuth {
		return k.addReader(ctx)
	}
	return nil
}

func (k *server) startInMemory() {
	k.fake.Clock = newTickingClock()
	server := mlflowtest.Start(*k.fake)
	if k.setup == withAuth {
		server.HideModels(func(name string) bool { return strings.HasPrefix(name, hiddenPrefix) })
	}
	k.url, k.stop = server.URL, server.Close
}

// addReader makes the account that the server in memory is born with. The shipped
// default permission of an account is to read.
func (k *server) addReader(ctx context.Context) error {
	return k.newUser().CallEndpoint(ctx, "POST", "users/create", map[string]any{"username": readerName, "password": readerPassword}, nil)
}

// newUser is somebody who may do everything.
func (k *server) newUser() *mlflowtest.User {
	user := &mlflowtest.User{URL: k.url}
	if k.setup == withAuth {
		user.Username, user.Password = adminName, adminPassword
	}
	return user
}

// newTickingClock moves one millisecond at each look, so that a change of a timestamp shows
// on a server that answers within one.
func newTickingClock() func() time.Time {
	var looks atomic.Int64
	born := time.Now()
	return func() time.Time { return born.Add(time.Duration(looks.Add(1)) * time.Millisecond) }
}
