// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package envtest starts a Kubernetes API server for a test process.
//
// # Purpose
//
// Only a real API server shows how the rules of the API, status subresources, server-side
// apply and watches behave. This package starts one with the CRDs of this repository, and
// stops it.
//
// # Usage
//
//	var plane *envtest.ControlPlane
//
//	func TestMain(m *testing.M) {
//		os.Exit(envtest.RunTests(m, &plane))
//	}
//
//	func TestSomething(t *testing.T) {
//		ns := plane.NewNamespace(t)
//		...
//	}
//
// A Ginkgo suite calls Start and Stop itself.
//
// # How it works
//
// The package uses controller-runtime's envtest to run the etcd and the kube-apiserver that
// "make envtest" installs in bin/k8s, or those in KUBEBUILDER_ASSETS. Paths are relative to
// the directory that contains go.mod.
//
// # Trade-offs
//
// There is an API server and nothing else: no garbage collector, no namespace controller, no
// scheduler. A deleted namespace is never removed, so every test uses a new one. A start
// takes some three seconds, so a process has one control plane.
package envtest
