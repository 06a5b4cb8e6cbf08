// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command bench measures the operator on real servers, beside what people would run in its
// place and beside what the servers can do.
//
// # Purpose
//
// A figure alone says more about the machine than about the program. So everything is
// measured in one run on one machine, in turns, and what counts are the ratios: to a
// script, to an operator that reads object by object, and to the limit, which is a client
// that makes the fewest calls and does nothing else.
//
// # Usage
//
//	make bench                                  # all of it: 100 and 1000 models, one and four workers
//	BENCH_LARGE=1 BENCH_POSTGRES=1 make bench   # 10 000 models, and PostgreSQL
//	go run ./test/bench -models 100 -workers 1 -rounds 1 -only convergence,change
//	go run ./test/bench -contenders operator,limit -merge
//	go run ./test/bench -compare old.json new.json
//
// It writes README.md, results.json and two plots to docs/benchmarks. With -merge it keeps
// what results.json has of series that it did not measure. The exit code is 1 when a
// contender failed or a promise was broken, such as that an idle operator writes nothing. A
// target that was missed is said in the report. What was measured before a failure is in
// .bench/partial.json.
//
// # How it works
//
// A registry is filled once for each size, past MLflow's API, and copied for each turn. A
// turn is a fresh MLflow server on such a copy, and a contender that converges it: the
// harness checks with one list that it did. Rounds begin with another contender each. In
// the first round the converged registry is used further: idle, one change, drift, restart.
// What a turn measured is added to the results as samples of a series; the report is made
// from the results and nothing else.
//
// # Trade-offs
//
// Processor time and memory come from /proc, so that it runs on Linux alone. All parts share
// the machine, and the operator also carries an API server and etcd, which the other
// contenders do without. A contender that took more than two minutes is not measured again in
// later rounds, and the others are watched idle with the first number of workers only: the
// run would take hours.
package main
