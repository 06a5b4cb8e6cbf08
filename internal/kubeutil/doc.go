// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package kubeutil has what all controllers do with the Kubernetes API: writing a status, keeping the
// finalizer, sending events, finding objects by a field or a reference, and filtering watch events.
package kubeutil
