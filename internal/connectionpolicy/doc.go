// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package connectionpolicy decides what a namespace may use a ClusterMLflowConnection for.
//
// # Purpose
//
// A ClusterMLflowConnection shares the credentials of a platform team with the namespaces
// of other teams. Only the namespaces that it names may use it, and only for the models
// that it names.
//
// # Usage
//
//	policy, err := connectionpolicy.CompilePolicy(connection) // err: no namespace may use the connection
//	if denied := policy.DenialReason(connectionpolicy.Claim{…}); denied != "" {
//		// the message for the conditions of the model
//	}
//
// # How it works
//
// What the connection does not allow, the policy denies: an empty selection selects no
// namespace. Entries of allowedModels add up, as rules of RBAC do: a model needs an entry
// for its name, and an entry for each alias. A legacy stage of MLflow needs an entry without
// aliases. A copied version of another model needs an entry for the name of that model.
//
// A message names what the claim asked for, and nothing that other namespaces may do.
//
// # Trade-offs
//
// One invalid entry makes the whole policy invalid. Without that entry it is not always
// known which namespaces the others apply to, and an author should notice a typing error
// at once.
package connectionpolicy
