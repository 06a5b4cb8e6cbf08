// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package entities holds MLflow's objects as plain values: registered models,
// model versions, runs, logged models and their metrics.
//
// # Purpose
//
// The client, the snapshot of the registry, the gates and the promotion planner use the
// same objects. This package gives them one vocabulary without HTTP, so that decisions
// do no I/O.
//
// # Usage
//
//	var m entities.RegisteredModel
//	err := json.Unmarshal(body, &m)
//	version, isSet := m.Aliases["champion"]
//
// # How it works
//
// Each type decodes the JSON of MLflow's REST API, as measured on 2.22, 3.5 and
// 3.17: empty lists are absent, tags and aliases are lists of pairs and become maps,
// timestamps are milliseconds since the epoch, versions are strings.
//
// # Trade-offs
//
// The types have only the fields that the operator reads. Goroutines share the values of a
// snapshot: treat them as immutable.
package entities
