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
	// The clients alternate in blocks, so that a disturbance of the machine affects both.
	transportBlocks = 10
	blockRequests   = 20
	// plainName is the client with the persistent connections of net/http.
	plainName = "plain net/http"
)

// measureTransport gets models sequentially, with the client of the operator and with a plain
// one.
func (b *bench) measureTransport(ctx context.Context, s setup) error {
	env, err := b.newEnvironment(ctx, s)
	if err != nil {
		return err
	}
	times, err := timeClients(ctx, env)
	if err := errors.Join(err, env.tearDown()); err != nil {
		return err
	}
	for _, name := range []string{plainName, operatorName} {
		b.newRecorder(s, transport, name, 0).add("get a model", "ms", times[name]...)
		b.logf("%s: %s gets a model in %.1f ms", s, name, median(times[name]))
	}
	return nil
}

func timeClients(ctx context.Context, env *environment) (map[string][]float64, error) {
	common := newPlainClient(env.server.URL, 1)
	defer common.close()
	product, err := mlflow.New(mlflow.Config{URL: env.server.URL})
	if err != nil {
		return nil, err
	}
	defer product.CloseIdleConnections()
	gets := map[string]func(string) error{
		plainName:    func(name string) error { _, err := common.getModel(ctx, name); return err },
		operatorName: func(name string) error { _, err := product.GetRegisteredModel(ctx, name); return err },
	}
	times := map[string][]float64{}
	for range transportBlocks {
		for _, name := range []string{plainName, operatorName} {
			for i := range blockRequests {
				started := time.Now()
				if err := gets[name](modelName(i + 1)); err != nil {
					return nil, err
				}
				times[name] = append(times[name], toMilliseconds(time.Since(started)))
			}
		}
	}
	return times, nil
}
