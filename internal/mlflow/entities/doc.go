// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package entities holds MLflow's own nouns as plain values: registered models,
// model versions, runs, logged models and their metrics.
//
// # Purpose
//
// The client, the view of the registry, the gates and the promotion planner all
// speak of the same things. This package gives them one vocabulary that carries
// no HTTP, so that decisions can be kept free of it.
//
// # Usage
//
//	var m entities.RegisteredModel
//	err := json.Unmarshal(body, &m)
//	version, held := m.Aliases["champion"]
//
// # How it works
//
// Each type decodes the JSON of MLflow's REST API, as measured on 2.22, 3.5 and
// 3.17: empty lists are absent, tags and aliases are lists of pairs that become
// maps here, timestamps are epoch milliseconds, versions are strings.
//
// # Trade-offs
//
// Only the fields that the operator reads are here. Values are shared between
// goroutines once they are in a snapshot: treat them as immutable.
package entities
