// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package e2e holds the stories that are told with real parts only: an API server, MLflow
// servers, and the operator's binary as a process with the rights of config/rbac. There
// are few of them. They show that the parts fit together; what each part does in every
// case is told by the user stories of test/integration, on an MLflow in memory.
//
// All traffic of the operator goes through a proxy of the test, which writes down what
// was written to MLflow, and can kill the operator at any request.
package e2e
