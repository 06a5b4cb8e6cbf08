// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the API of mlflow-registry-operator: custom resources that
// say which models an MLflow registry must hold, what each stage of a model
// demands, and which version should hold it.
//
// # Purpose
//
// MLflowConnection says where an MLflow server is, ClusterMLflowConnection where one is
// that several namespaces share. RegisteredModel says that a model must exist there, with
// which metadata, and what each of its stages demands; ModelClass is a standard that many
// models share. ModelVersion registers one version of a model. ModelPromotion says which
// version should hold one stage, and PromotionApproval is one person's yes or no to that.
//
// # Usage
//
// Apply the objects with kubectl, Argo CD or Flux. From Go, use the types with a
// controller-runtime client, or the apply configurations in the package beside.
//
// # How it works
//
// The operator never writes a spec: what it resolved and saw is in the status,
// which follows kstatus. Every rule that a schema or a CEL expression can check
// is checked by the API server; there are no webhooks.
//
// # Trade-offs
//
// Numbers that are compared are decimal strings, since a float would be compared
// as something else than what was written. Durations are strings that are stored
// as written, so that a GitOps tool sees no difference.
//
// +kubebuilder:object:generate=true
// +groupName=registry.mlflow-operator.io
// +kubebuilder:ac:generate=true
// +kubebuilder:ac:output:package="applyconfiguration"
package v1alpha1
