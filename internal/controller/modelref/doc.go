// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package modelref resolves what the objects of a model refer to: the RegisteredModel, its class, its
// connection, and the model in MLflow.
//
// # Purpose
//
// RegisteredModels, ModelVersions and ModelPromotions depend on the same connection and on the same
// policy. The same problem gives all of them the same reason and message, and no controller can
// forget to authorize a namespace.
//
// # Usage
//
//	snapshot, result := resolver.ResolveConnectionOrWait(ctx, model, s.HasCurrentStatus())
//	if !result.CanContinue() {
//		return result
//	}
//
// # How it works
//
// Each Resolve function reads from the cache and returns what it found, or how the reconcile ends.
// Each Revalidate function reads from the API server right before a write, because a policy, a class
// or a spec may have changed since.
//
// A namespace may use an MLflowConnection of its own without restriction. For a
// ClusterMLflowConnection, the policy of the connection decides from the namespace, the name of the
// model, its aliases and its MLflow stages.
//
// # Trade-offs
//
// A policy is compiled at each reconcile. Compiled policies are not cached, so that an edit takes
// effect at once.
package modelref
