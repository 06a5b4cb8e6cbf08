// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package e2e contains the stories that use real components only: an API server, MLflow
// servers, and the operator's binary as a process with the rights of config/rbac. There are
// few of them. They show that the components work together; the user stories of
// test/integration cover each case, with an MLflow in memory.
//
// All traffic of the operator goes through a proxy of the test, which records writes to
// MLflow, and can kill the operator at any request.
package e2e
