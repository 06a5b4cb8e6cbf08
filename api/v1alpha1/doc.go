// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package v1alpha1 is the API of mlflow-registry-operator: custom resources that
// say which models an MLflow registry must hold, what each stage of a model
// demands, and which version should hold it.
//
// # Purpose
//
// An MLflowConnection describes how to reach an MLflow server, a
// ClusterMLflowConnection one that several namespaces share. A RegisteredModel declares
// a model on that server, its metadata, and what each of its stages demands; a
// ModelClass is a standard for many models. A ModelVersion registers one version of a
// model. A ModelPromotion says which version should hold one stage, and a
// PromotionApproval is the yes or no of one person to that.
//
// # Usage
//
// Apply the objects with kubectl, Argo CD or Flux. From Go, use the types with a
// controller-runtime client, or the apply configurations in the package beside.
//
// # How it works
//
// The operator never writes a spec. What it resolved and observed is in the status,
// which follows kstatus. The API server checks every rule that a schema or a CEL
// expression can express; there are no webhooks.
//
// # Trade-offs
//
// Numbers that the operator compares are decimal strings, because a float would be
// compared as another value than the one that was written. Durations are strings that
// are stored as written, so that a GitOps tool finds no difference.
//
// +kubebuilder:object:generate=true
// +groupName=registry.mlflow-operator.io
// +kubebuilder:ac:generate=true
// +kubebuilder:ac:output:package="applyconfiguration"
package v1alpha1
