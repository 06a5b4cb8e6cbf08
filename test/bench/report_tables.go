// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

var sections = []section{
	{
		convergenceTitle,
		"Time and CPU time in seconds; ± is half the interquartile range. The per-object subject and the limit run in the harness. For the " +
			"operator, the harness applies the objects and watches them.",
		[]string{"Server", "Models", "Subject", "Rounds", "Time", "vs. limit", "vs. script",
			"CPU time: MLflow", "PostgreSQL", "subject", "API server, etcd", "harness"},
		convergenceRows,
	},
	{
		"Requests per model",
		"Writes of objects in the cluster and requests to MLflow during convergence, per model with its promotion. Two of the writes belong to " +
			"the apply. Apply is the part of the convergence in which the objects are applied.",
		[]string{"Server", "Models", "Apply, s", "Writes to Kubernetes", "Requests to MLflow", "By endpoint"}, requestRows,
	},
	{
		"Idle", "Nothing changes. The operator must not write.",
		[]string{"Server", "Models", "Subject", "Interval, s", "Requests per minute", "KB per minute", "Writes to MLflow", "Objects written",
			"MLflow, % of a core", "Subject, % of a core"},
		idleRows,
	},
	{
		"One change",
		"Milliseconds from the edit of a promotion until its status reports the new version as current. The sequential minimum is the same six " +
			"requests to MLflow, which the harness makes between the edits. Under load, another stage of every model converges at the same " +
			"time, and edits start at a fixed rate.",
		[]string{"Server", "Models", "Case", "Samples", "p50", "p99", "vs. minimum"}, changeRows,
	},
	{
		"Drift",
		"Seconds until an alias is reverted that was moved in MLflow at a random moment of a poll interval. For the operator, the time ends " +
			"with the entry in the history of the promotion.",
		[]string{"Server", "Models", "Subject", "Samples", "p50", "Maximum"}, driftRows,
	},
	{
		"Restart",
		"Seconds from the start of the operator until it is connected and its work queues are empty. Everything is converged before, and the " +
			"operator must not write.",
		[]string{"Server", "Models", "Time", "Requests to MLflow", "Writes to MLflow", "Objects written", "Peak memory, MiB"}, restartRows,
	},
	{
		"Memory of the operator", "Resident memory in MiB.",
		[]string{"Server", "Models", "After convergence", "Peak", "Idle"}, memoryRows,
	},
	{
		"Growth", "Time to converge per model, in milliseconds.",
		[]string{"Server", "Subject", "Models: time"}, growthRows,
	},
	{
		"HTTP connections", "Milliseconds for one of many sequential gets of a model.",
		[]string{"Server", "Client", "Samples", "p50", "p99"}, transportRows,
	},
}

const convergenceTitle = "Convergence"

// listValues returns the values of a quantity in all rounds.
func (r *results) listValues(s setup, measure, subject, quantity string) []float64 {
	return r.listSeriesValues(series{setup: s, Measure: measure, Subject: subject, Quantity: quantity})
}

func (r *results) median(s setup, measure, subject, quantity string) float64 {
	return median(r.listValues(s, measure, subject, quantity))
}

func convergenceRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.listSetups() {
		for _, c := range subjectNames {
			taken := r.listValues(s, convergence, c, "time")
			if len(taken) == 0 {
				continue
			}
			cpu := func(name string) float64 { return r.median(s, convergence, c, "CPU time of "+name) }
			rows = append(rows, []string{
				s.serverName(), fmt.Sprint(s.Models), c, fmt.Sprint(len(taken)), formatSpread(taken),
				formatRatio(median(taken), r.median(s, convergence, limitName, "time")),
				formatRatio(median(taken), r.median(s, convergence, scriptName, "time")),
				formatFigure(cpu("mlflow")), formatFigure(cpu("postgres")), formatFigure(cpu(c)),
				formatFigure(cpu("kube-apiserver") + cpu("etcd")), formatFigure(cpu(harness)),
			})
		}
	}
	return rows
}

func requestRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.listSetups() {
		var total float64
		var which []string
		for _, sample := range r.Samples {
			endpoint, found := strings.CutPrefix(sample.Quantity, "requests ")
			if !found || sample.setup != s || sample.Measure != convergence || sample.Subject != operatorName || sample.Round != 0 {
				continue
			}
			share := sample.Values[0] / float64(s.Models)
			total += share
			which = append(which, formatFigure(share)+" `"+endpoint+"`")
		}
		if len(which) > 0 {
			rows = append(rows, []string{
				s.serverName(), fmt.Sprint(s.Models), formatFigure(r.median(s, convergence, operatorName, "apply")),
				formatFigure(r.median(s, convergence, operatorName, "writes to Kubernetes") / float64(s.Models)),
				formatFigure(total), strings.Join(which, ", "),
			})
		}
	}
	return rows
}

func idleRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.listSetups() {
		for _, c := range subjectNames {
			value := func(quantity string) string { return formatFigure(r.median(s, idle, c, quantity)) }
			if value("requests") == "–" {
				continue
			}
			rows = append(rows, []string{
				s.serverName(), fmt.Sprint(s.Models), c, value("interval"), value("requests"), value("traffic"), value("writes"),
				value("writes to Kubernetes"),
				value("CPU of mlflow"), value("CPU of " + c),
			})
		}
	}
	return rows
}

func growthRows(r *results) [][]string {
	var rows [][]string
	servers := map[string][]setup{}
	var order []string
	for _, s := range r.listSetups() {
		if servers[s.serverName()] == nil {
			order = append(order, s.serverName())
		}
		servers[s.serverName()] = append(servers[s.serverName()], s)
	}
	for _, server := range order {
		for _, c := range subjectNames {
			var cells []string
			for _, s := range servers[server] {
				if taken := r.median(s, convergence, c, "time"); taken > 0 {
					cells = append(cells, fmt.Sprintf("%d: %s", s.Models, formatFigure(1000*taken/float64(s.Models))))
				}
			}
			if len(cells) > 1 {
				rows = append(rows, []string{server, c, strings.Join(cells, ", ")})
			}
		}
	}
	return rows
}

func changeRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.listSetups() {
		least := r.median(s, change, operatorName, "sequential minimum")
		for _, when := range []string{"sequential minimum", "idle", "under load"} {
			taken := r.listValues(s, change, operatorName, when)
			if len(taken) == 0 {
				continue
			}
			rows = append(rows, []string{
				s.serverName(), fmt.Sprint(s.Models), when, fmt.Sprint(len(taken)),
				formatFigure(median(taken)), formatFigure(quantile(taken, 0.99)), formatRatio(median(taken), least),
			})
		}
	}
	return rows
}

func driftRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.listSetups() {
		for _, c := range subjectNames {
			taken := r.listValues(s, drift, c, "time to revert")
			if len(taken) == 0 {
				continue
			}
			rows = append(rows, []string{
				s.serverName(), fmt.Sprint(s.Models), c, fmt.Sprint(len(taken)), formatFigure(median(taken)), formatFigure(quantile(taken, 1)),
			})
		}
	}
	return rows
}

func restartRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.listSetups() {
		value := func(quantity string) string { return formatFigure(r.median(s, restart, operatorName, quantity)) }
		if value("time") == "–" {
			continue
		}
		rows = append(rows, []string{
			s.serverName(), fmt.Sprint(s.Models), value("time"), value("requests"), value("writes to MLflow"),
			value("writes to Kubernetes"), value("peak memory"),
		})
	}
	return rows
}

func memoryRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.listSetups() {
		if len(r.listValues(s, convergence, operatorName, "memory")) == 0 {
			continue
		}
		rows = append(rows, []string{
			s.serverName(), fmt.Sprint(s.Models), formatFigure(r.median(s, convergence, operatorName, "memory")),
			formatFigure(r.median(s, convergence, operatorName, "peak memory")), formatFigure(r.median(s, idle, operatorName, "memory")),
		})
	}
	return rows
}

func transportRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.listSetups() {
		for _, client := range []string{plainName, operatorName} {
			taken := r.listValues(s, transport, client, "get a model")
			if len(taken) == 0 {
				continue
			}
			rows = append(rows, []string{
				s.serverName(), client, fmt.Sprint(len(taken)), formatFigure(median(taken)), formatFigure(quantile(taken, 0.99)),
			})
		}
	}
	return rows
}
