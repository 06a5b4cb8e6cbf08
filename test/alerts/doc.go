// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package alerts tests the alerting rules in config/prometheus with Prometheus' own parser and
// query engine.
//
// # Purpose
//
// An alert with a typing error, a renamed metric or a wrong condition never fires, and a
// cluster without problems does not show it. The tests parse each rule, compare it with
// docs/operations/metrics.md, and evaluate it on sample series.
//
// # How it works
//
// A sample series is written as in the unit tests of promtool, with one sample per minute. An
// alert fires if its expression has a result in each minute of the rule's "for".
//
// # Trade-offs
//
// This is a module of its own, because the parser and the engine would add some 20 modules to
// the operator and select newer versions for it. Prometheus' promqltest would also need the
// client libraries of several clouds, so the series are kept in memory here.
package alerts
