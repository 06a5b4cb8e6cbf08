// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kubeenv gives a test process a Kubernetes API server of its own.
//
// # Purpose
//
// Rules of the API, status subresources, server-side apply and watches are what
// a real API server makes of them. This package starts one, with the CRDs of
// this repository, and stops it.
//
// # Usage
//
//	var plane *kubeenv.ControlPlane
//
//	func TestMain(m *testing.M) {
//		os.Exit(kubeenv.Main(m, &plane))
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
// It runs the etcd and the kube-apiserver that "make envtest" leaves under
// bin/k8s, or those in KUBEBUILDER_ASSETS, by way of controller-runtime's
// envtest. Paths start at the directory that holds PROJECT.
//
// # Trade-offs
//
// There is an API server and nothing else: no garbage collector, no namespace
// controller, no scheduler. A deleted namespace stays, so every test takes a new
// one. Starting takes some three seconds, so a process has one control plane.
package envtest
