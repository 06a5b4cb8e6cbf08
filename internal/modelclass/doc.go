// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package inheritance makes a model and its class one.
//
// # Purpose
//
// A ModelClass is a standard: rules for metadata, and stages with gates. A model that
// names it has what the class says and what its own spec adds. It can't take anything
// away: what would, is a problem that names the field, and a model with problems is not
// acted for at all.
//
// # Usage
//
//	problems := inheritance.Check(class)               // is the class sound in itself?
//	effective, problems := inheritance.Inherit(class, model)
//
// The effective stages are what controllers work on, in place of the spec's.
//
// # How it works
//
// Stages are merged by name. The class's stages keep their order; a stage of the model
// alone stands before the next stage of the class that the model lists behind it. Gates
// and promotesFrom are sets that only grow; a name that both use is a problem, and no
// replacement. Of fields with a default in the CRD the stricter value counts, since a
// default can't be told from a choice; of retention, what keeps more. Rules for tags speak of what the spec declares,
// not of what MLflow holds.
//
// # Trade-offs
//
// Everything here is a function of values, and is computed anew in each pass: some
// microseconds, and nothing that could be out of date.
package modelclass
