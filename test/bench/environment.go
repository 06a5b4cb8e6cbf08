// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/test/mlflowserver"
)

// warmUpRequests is the number of warm-up requests per worker of a server: the first request of a
// worker takes half a second, and a connection reaches a random worker.
const warmUpRequests = 8

// environment is what one subject is measured in: a fresh server on a fresh copy of the registry.
type environment struct {
	setup  setup
	dir    string
	server *mlflowserver.Server
	// roots are the root processes of the trees whose CPU time is measured, by name.
	roots    map[string]int
	cleanups []func() error
}

// newEnvironment copies the registry and starts a server on the copy.
func (b *bench) newEnvironment(ctx context.Context, s setup) (*environment, error) {
	dir, err := os.MkdirTemp(b.dir, "subject-")
	if err != nil {
		return nil, err
	}
	env := &environment{setup: s, dir: dir, roots: map[string]int{}}
	env.cleanups = append(env.cleanups, func() error { return os.RemoveAll(dir) })
	if err := env.startServer(ctx, b.database); err != nil {
		return nil, errors.Join(err, env.tearDown())
	}
	return env, nil
}

func (env *environment) startServer(ctx context.Context, db database) error {
	home := filepath.Join(env.dir, "mlflow")
	if err := os.MkdirAll(home, 0o750); err != nil {
		return err
	}
	uri, err := db.createCopy(ctx, env.setup.Models, home)
	if err != nil {
		return err
	}
	env.cleanups = append(env.cleanups, func() error { return db.dropCopy(context.WithoutCancel(ctx), home) })
	env.server, err = mlflowserver.Start(ctx, mlflowserver.Options{
		Dir: home, Workers: env.setup.Workers, BackendStoreURI: uri, Env: db.pythonEnv(),
	})
	if err != nil {
		return err
	}
	env.cleanups = append(env.cleanups, env.server.Stop)
	env.roots["mlflow"] = env.server.PID()
	if pid := db.serverPID(); pid != 0 {
		env.roots["postgres"] = pid
	}
	return env.warmUp(ctx)
}

// warmUp makes each worker of the server load what a request needs.
func (env *environment) warmUp(ctx context.Context) error {
	a := &mlflowClient{base: env.server.URL, client: &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute,
	}}
	for range warmUpRequests * env.setup.Workers {
		if _, err := a.getModel(ctx, modelName(1)); err != nil {
			return err
		}
	}
	return nil
}

// tearDown stops and removes everything in reverse order.
func (env *environment) tearDown() error {
	var errs []error
	for _, undo := range slices.Backward(env.cleanups) {
		errs = append(errs, undo())
	}
	env.cleanups = nil
	return errors.Join(errs...)
}

const (
	// A server that responds may still be starting: a kube-apiserver needs some seconds more.
	// Idle processes together use a few percent of a core.
	quiesceWindow   = 500 * time.Millisecond
	quiesceCPUShare = 0.2
	// quiesceTimeout ends the wait on a machine on which the processes never become idle.
	quiesceTimeout = 20 * time.Second
)

// quiesce waits until the processes of the environment are idle.
func quiesce(ctx context.Context, roots map[string]int) error {
	for deadline := time.Now().Add(quiesceTimeout); time.Now().Before(deadline); {
		m, err := startMeter(roots)
		if err != nil {
			return err
		}
		if err := sleep(ctx, quiesceWindow); err != nil {
			return err
		}
		used, err := m.readElapsed()
		if err != nil {
			return err
		}
		if isQuiet(used) {
			return nil
		}
	}
	return nil
}

// isQuiet ignores the CPU time of the harness, which only waits.
func isQuiet(used map[string]time.Duration) bool {
	var total time.Duration
	for name, busy := range used {
		if name != harness {
			total += busy
		}
	}
	return total.Seconds() < quiesceCPUShare*quiesceWindow.Seconds()
}
