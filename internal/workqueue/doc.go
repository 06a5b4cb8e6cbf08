// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package workqueue orders what the controllers work on: what a person waits for comes first, and
// some workers are reserved for it.
package workqueue
