// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package simulation runs the whole operator in memory.
package simulation
