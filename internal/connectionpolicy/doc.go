// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package tenancy decides which namespaces may use a ClusterMLflowConnection for what.
//
// # Purpose
//
// A ClusterMLflowConnection lends the credentials of a platform team to the namespaces of
// others. Nobody may use it but those that it names, for the models that it names.
//
// # Usage
//
//	rules, err := tenancy.Compile(connection)   // err: the connection is of no use to anybody
//	if refused := rules.Refuse(tenancy.Claim{…}); refused != "" {
//		// the sentence for whoever reads the conditions of the model
//	}
//
// # How it works
//
// What is not allowed is refused: an empty selection selects nothing. Entries of allow add
// up, as rules of RBAC do: a model needs one for its name, and one for each alias. A legacy
// stage of MLflow needs one without aliases, and a version of another model that is copied
// one for the other's name.
//
// A sentence names what was asked for, and nothing of what others may do.
//
// # Trade-offs
//
// One rule that can't be carried out makes all of them invalid: which namespaces the others
// are for is not always known without it, and a typing error should be seen at once.
package connectionpolicy
