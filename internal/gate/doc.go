// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package gate decides whether a version of a model may be promoted to a stage.
//
// # Purpose
//
// A version is promoted if it passes every gate, and not otherwise. This package has the gates:
// built-in checks, metrics, comparisons, tags and approvals. Each returns a result that names the
// values it read. Gates fail closed: a value that can't be read, is not a finite number, or does
// not provably belong to the version does not pass.
//
// # Usage
//
//	evidence := gate.NewEvidence()
//	result := gate.Evaluate(request, evidence)
//	for range gate.MaxRounds {
//		if len(result.Missing) == 0 {
//			break
//		}
//		read(evidence, result.Missing)
//		result = gate.Evaluate(request, evidence)
//	}
//	if result.HasPassed() { … }
//
// # How it works
//
// Evaluate is a function of values: it has no client, no context and no clock. It evaluates every
// gate on the evidence and lists the evidence that is missing. The caller reads that, in parallel
// if it likes, and evaluates again. Each round follows the references that the last one found:
// version, the version that it was copied from, logged model, run, history. All gates are
// evaluated and reported every time, so that a user sees everything that blocks the version at
// once.
//
// A type of gate is an evaluator, an entry in one table: how its gates are recognized, parsed,
// evaluated and hashed, and which rules apply to it (feature flag, trusted rollback, evaluated
// last). Built-in checks have a table of their own. A new type is one file, and one entry.
//
// A metric is read from the logged model if that has it, else from the run. Of several points the
// highest step counts, then the latest time. A run counts for a version only if the version's
// source proves that it belongs to the run. Numbers are compared as exact decimals. A zero of a
// logged model is checked against its run's history, because MLflow returns a NaN as zero there
// (measured on MLflow 3.17.2).
//
// Approvals are counted last: an approval may name the evidence, which is the digest of all other
// gates: the demand, the uncut value, its place and the result of each, as typed values and without
// messages. Approvals, and since when their user names are authentic, are read like any other
// evidence.
//
// # Trade-offs
//
// A new evaluation in each round repeats work, a few microseconds for each gate. In return, no
// evaluator waits for a server. Evidence is read once in a reconcile: a later change counts in the
// next reconcile. A source that was moved to another place in a bucket by hand can't be proven,
// and needs provenance: Claimed.
package gate
