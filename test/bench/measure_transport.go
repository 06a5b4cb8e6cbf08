// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"time"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

const (
	// The clients take turns, so that both meet the same machine.
	transportBlocks = 10
	blockRequests   = 20
	// plain is the client of net/http that keeps its connections.
	plain = "plain net/http"
)

// measureTransport reads models one after the other, with the operator's client and with
// the one that a Go program has anyway.
func (b *bench) measureTransport(ctx context.Context, s setup) error {
	st, err := b.build(ctx, s)
	if err != nil {
		return err
	}
	times, err := weighClients(ctx, st)
	if err := errors.Join(err, st.tearDown()); err != nil {
		return err
	}
	for _, name := range []string{plain, ours} {
		b.record(s, transport, name, 0).add("get a model", "ms", times[name]...)
		b.say("%s: %s gets a model in %.1f ms", s, name, median(times[name]))
	}
	return nil
}

func weighClients(ctx context.Context, st *stand) (map[string][]float64, error) {
	common := plainAPI(st.server.URL, 1)
	defer common.close()
	product, err := mlflow.New(mlflow.Config{URL: st.server.URL})
	if err != nil {
		return nil, err
	}
	defer product.CloseIdleConnections()
	gets := map[string]func(string) error{
		plain: func(name string) error { _, err := common.model(ctx, name); return err },
		ours:  func(name string) error { _, err := product.GetRegisteredModel(ctx, name); return err },
	}
	times := map[string][]float64{}
	for range transportBlocks {
		for _, name := range []string{plain, ours} {
			for i := range blockRequests {
				began := time.Now()
				if err := gets[name](modelName(i + 1)); err != nil {
					return nil, err
				}
				times[name] = append(times[name], milliseconds(time.Since(began)))
			}
		}
	}
	return times, nil
}
