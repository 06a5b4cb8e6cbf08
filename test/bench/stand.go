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

// warmUp is for how many times each worker of a server is asked before anything is measured:
// the first call takes it half a second, and connections find a worker by chance.
const warmUp = 8

// stand is where a contender has its turn: a fresh server on a fresh copy of the registry.
type stand struct {
	setup  setup
	dir    string
	server *mlflowserver.Server
	// roots are the processes whose processor time is measured.
	roots map[string]int
	undo  []func() error
}

// build starts a server with a registry that nobody has touched.
func (b *bench) build(ctx context.Context, s setup) (*stand, error) {
	dir, err := os.MkdirTemp(b.dir, "turn-")
	if err != nil {
		return nil, err
	}
	st := &stand{setup: s, dir: dir, roots: map[string]int{}}
	st.undo = append(st.undo, func() error { return os.RemoveAll(dir) })
	if err := st.start(ctx, b.database); err != nil {
		return nil, errors.Join(err, st.tearDown())
	}
	return st, nil
}

func (st *stand) start(ctx context.Context, db database) error {
	home := filepath.Join(st.dir, "mlflow")
	if err := os.MkdirAll(home, 0o750); err != nil {
		return err
	}
	uri, err := db.copy(ctx, st.setup.Models, home)
	if err != nil {
		return err
	}
	st.undo = append(st.undo, func() error { return db.drop(context.WithoutCancel(ctx), home) })
	st.server, err = mlflowserver.Start(ctx, mlflowserver.Options{
		Dir: home, Workers: st.setup.Workers, BackendStoreURI: uri, Env: db.environment(),
	})
	if err != nil {
		return err
	}
	st.undo = append(st.undo, st.server.Stop)
	st.roots["mlflow"] = st.server.PID()
	if pid := db.pid(); pid != 0 {
		st.roots["postgres"] = pid
	}
	return st.warm(ctx)
}

// warm has each worker of the server do what it does once.
func (st *stand) warm(ctx context.Context) error {
	a := &api{base: st.server.URL, client: &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute,
	}}
	for range warmUp * st.setup.Workers {
		if _, err := a.model(ctx, modelName(1)); err != nil {
			return err
		}
	}
	return nil
}

// tearDown stops what was started, the last first.
func (st *stand) tearDown() error {
	var errs []error
	for _, undo := range slices.Backward(st.undo) {
		errs = append(errs, undo())
	}
	st.undo = nil
	return errors.Join(errs...)
}
