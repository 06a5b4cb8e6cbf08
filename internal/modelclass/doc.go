// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package modelclass merges a model with its class.
//
// # Purpose
//
// A ModelClass is a standard: rules for metadata, and stages with gates. A model that
// names a class has what the class defines and what its own spec adds. It can't take
// anything away: an attempt is a violation that names the field, and the controllers do
// nothing for a model with violations.
//
// # Usage
//
//	violations := modelclass.Validate(class)               // is the class itself valid?
//	effective, violations := modelclass.Merge(class, model)
//
// Controllers use the effective stages in place of the stages in the spec.
//
// # How it works
//
// Stages merge by name. The stages of the class keep their order. A stage that only the
// model has comes before the next stage of the class that the model lists after it. Gates
// and promotesFrom are sets that only grow: a gate name that both use is a violation, and
// never a replacement. Of fields with a default in the CRD the stricter value applies,
// since a default can't be distinguished from a choice; of retention, the value that keeps
// more. Rules for tags check what the spec declares, not what MLflow has.
//
// # Trade-offs
//
// Everything here is a function of values, and every reconcile computes it again. That
// takes some microseconds, and no result can be out of date.
package modelclass
