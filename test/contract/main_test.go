// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

func TestMain(m *testing.M) {
	os.Exit(runSuite(m))
}

func runSuite(m *testing.M) int {
	ctx, release := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer release()
	defer stopServers()
	if err := startServers(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	finished := context.AfterFunc(ctx, stopOnInterrupt)
	defer finished()
	return m.Run()
}

// stopOnInterrupt ends the suite on an interrupt, because the servers do not end with their
// parent process.
func stopOnInterrupt() {
	stopServers()
	os.Exit(1)
}

// startServers starts all servers together, because a real one takes seconds.
func startServers(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, kind := range servers {
		group.Go(func() error { return kind.startServer(ctx) })
	}
	return group.Wait()
}

func stopServers() {
	var group sync.WaitGroup
	for _, kind := range servers {
		if kind.stop != nil {
			group.Go(kind.stop)
		}
	}
	group.Wait()
}

const (
	version3 = mlflowtest.Version3
	version2 = mlflowtest.Version2

	adminName, adminPassword   = "admin", "a long admin password"
	readerName, readerPassword = "reader", "a long reader password"
	// hiddenPrefix is the prefix of the names of models that are hidden from the reader.
	hiddenPrefix = "hidden"

	pathPrefix  = "/tracking"
	allowedHost = "mlflow.example.com:5000"
)

// setup is a configuration of a server.
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
	// fake and real are the options of a server in memory or of a real one; the other is nil.
	fake *mlflowtest.Options
	real *mlflowserver.Options

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

// addReader creates the reader, which the server in memory has from its start. MLflow's default
// permission of an account is READ.
func (k *server) addReader(ctx context.Context) error {
	return k.newUser().CallEndpoint(ctx, "POST", "users/create", map[string]any{"username": readerName, "password": readerPassword}, nil)
}

// newUser returns a client with all permissions.
func (k *server) newUser() *mlflowtest.User {
	user := &mlflowtest.User{URL: k.url}
	if k.setup == withAuth {
		user.Username, user.Password = adminName, adminPassword
	}
	return user
}

// newTickingClock returns a clock that advances a millisecond per reading, so that each change of
// a timestamp is visible although the server answers within a millisecond.
func newTickingClock() func() time.Time {
	var readings atomic.Int64
	start := time.Now()
	return func() time.Time { return start.Add(time.Duration(readings.Add(1)) * time.Millisecond) }
}
