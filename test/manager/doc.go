// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package manager runs the operator as in a cluster: the manager binary as a separate process,
// with only the rights of config/rbac.
//
// # Purpose
//
// Controllers that run inside a test process, as an administrator, do not prove that the
// binary starts, or that its rights are sufficient. The demo and the end-to-end stories use
// this package to prove both.
//
// # Usage
//
//	kubeconfig, err := manager.Authorize(ctx, plane, dir)
//	process, err := manager.Start(ctx, manager.Options{
//		Binary: "bin/manager", Kubeconfig: kubeconfig, Log: filepath.Join(dir, "operator.log"),
//	})
//	if err != nil {
//		return err
//	}
//	defer process.Stop()
//
// # How it works
//
// Authorize applies the service account, roles and bindings of config/rbac, with the
// namespace of config/default, and writes a kubeconfig with a token of that account. Start
// returns when /readyz responds.
//
// # Trade-offs
//
// Leader election and metrics are off unless Args enable them: a killed operator keeps its
// lease for 15 seconds. The process does not run in a namespace; POD_NAMESPACE names the one
// that it would run in.
package manager
