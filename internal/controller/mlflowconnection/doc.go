// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package mlflowconnection is the controller of MLflowConnections and ClusterMLflowConnections: it
// reads their credentials and keeps a poller of the registry running for each.
//
// # Purpose
//
// A connection is the only object that has credentials. All other controllers get a ready client from
// the registry cache.
//
// # How it works
//
// compilePolicy checks the policy of a shared connection, resolveCredentials reads the Secret and the
// ConfigMap, and connectRegistry gives the registry cache the configuration. None of them sends a
// request to MLflow: the poll of the registry is the probe, and each change of its state triggers a
// reconcile.
//
// # Trade-offs
//
// Secrets and ConfigMaps are not watched, because the operator may only get them by name. They are
// read again after each poll interval.
package mlflowconnection
