// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package operator runs the operator as a cluster would: the manager binary as a process
// of its own, with no more rights than config/rbac gives it.
//
// # Purpose
//
// Controllers that run inside a test process, as an administrator, prove neither that
// the binary starts nor that its rights suffice. The demo and the end-to-end stories
// want both proven.
//
// # Usage
//
//	kubeconfig, err := operator.Authorize(ctx, plane, dir)
//	process, err := operator.Start(ctx, operator.Options{
//		Binary: "bin/manager", Kubeconfig: kubeconfig, Log: filepath.Join(dir, "operator.log"),
//	})
//	if err != nil {
//		return err
//	}
//	defer process.Stop()
//
// # How it works
//
// Authorize applies the service account, its roles and their bindings of config/rbac,
// with the namespace that config/default would give them, and writes a kubeconfig with a
// token of that account. Start returns when /readyz answers.
//
// # Trade-offs
//
// Leader election and metrics are off unless Args turn them on: an operator that is
// killed keeps its lease for 15 seconds, and the process runs in no namespace. POD_NAMESPACE
// tells it which one it would be.
package manager
