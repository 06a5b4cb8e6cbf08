// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command bench measures the operator on real servers, next to its alternatives and to the
// limit of the servers.
//
// # Purpose
//
// An absolute figure depends on the machine more than on the program. Therefore one run
// measures all subjects in turn on one machine, and the ratios count: relative to a script,
// to an operator that reads each object separately, and to the limit, which is a client that
// makes the fewest requests and does nothing else.
//
// # Usage
//
//	make bench                                  # 100 and 1000 models, one and four workers
//	BENCH_LARGE=1 BENCH_POSTGRES=1 make bench   # also 10 000 models, and PostgreSQL
//	make bench BENCH_FLAGS="-models 100 -workers 1 -rounds 1 -measures convergence,change"
//	make bench BENCH_FLAGS="-subjects operator,limit -merge"
//	make bench BENCH_FLAGS="-compare old.json new.json"
//
// Without make, go -C test/bench run . works in a repository with bin/manager and with
// KUBEBUILDER_ASSETS; its relative paths start in test/bench.
//
// The command writes README.md, results.json and two plots to docs/benchmarks. With -merge it
// keeps those series in results.json that it did not measure. The exit code is 1 if a subject
// failed or a guarantee was broken, for example if an idle operator wrote. A missed target only
// appears in the report. After a failure, .bench/partial.json has the samples up to then.
//
// # How it works
//
// A registry of each size is filled once, past MLflow's API, and copied for each measurement.
// A subject gets a new MLflow server on such a copy and converges it; the harness then lists
// the registry and checks the result. Each round starts with a different subject. In the first
// round, the converged registry also serves the follow-up measures: idle, change, drift and
// restart. All values become samples of a series, and the report is rendered from them alone.
//
// # Trade-offs
//
// CPU time and memory come from /proc, so the benchmark needs Linux. All processes share the
// machine, and only the operator needs an API server and etcd. To limit the run to hours, later
// rounds skip a subject that took more than two minutes, and only the operator is measured idle
// with each number of workers.
package main
