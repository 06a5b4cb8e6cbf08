// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package gate judges whether a version of a model may take a stage.
//
// # Purpose
//
// A version is promoted when every demand on it is met, and not otherwise. This
// package is where that is decided: built-in checks, metrics, comparisons, tags and
// people's approvals, each with a verdict that names the values it saw. It fails closed: what can't be
// read, is no finite number, or doesn't provably belong to the version has not passed.
//
// # Usage
//
//	evidence := gate.NewEvidence()
//	judgement := gate.Judge(move, evidence)
//	for range gate.MaxRounds {
//		if len(judgement.Wants) == 0 {
//			break
//		}
//		readKey(evidence, judgement.Wants)
//		judgement = gate.Judge(move, evidence)
//	}
//	if judgement.Passed() { … }
//
// # How it works
//
// Judge is a function of values: it has no client, no context and no clock. It
// evaluates every gate on the evidence there is, and lists what it looked for in vain;
// the caller reads that, in parallel if it likes, and asks again. Each round follows
// the references that the last one uncovered: version, the version it was copied from,
// logged model, run, history. All gates are always evaluated and all answers reported,
// so that one look shows everything that stands in the way.
//
// A metric is the logged model's where it carries it, else the run's; of several
// points the highest step counts, then the latest time. A run speaks for a version
// only when the version's source proves that it belongs to the run. Numbers are
// compared as exact decimals. MLflow's spelling of numbers that are none is seen
// through: an exact zero of a logged model is checked against its run's history,
// because a NaN reads as zero there (measured on MLflow 3.17.2).
//
// People are asked last: an approval may name the evidence, which is the digest of all
// other gates: of the demand, the whole value, its place and the result of each, as typed
// values and in no words. What they said, and since when their names are authentic, is read like
// everything else.
//
// # Trade-offs
//
// Judging again for each round repeats work, a few microseconds a gate, and buys that
// no evaluator ever waits for a server. Evidence is read once per pass: what changes
// after it was read is not seen until the next pass. A source that was moved by hand
// to another place in a bucket can't be proven, and needs provenance: Claimed.
package gate
