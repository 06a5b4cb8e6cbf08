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
		"Seconds, with half the distance between the quarters as the spread; and seconds of processor time. The harness is the per-object " +
			"contender and the limit; for the operator it is who applies the directory and watches.",
		[]string{"Server", "Models", "Contender", "Rounds", "Time", "to the limit", "to the script",
			"MLflow", "PostgreSQL", "itself", "API server, etcd", "harness"},
		convergenceRows,
	},
	{
		"What the operator asks while it converges",
		"Requests to MLflow, and writes of objects in the cluster (two of which are the apply's), for one model with its promotion. " +
			"Applying everything took so many seconds of the time to converge.",
		[]string{"Server", "Models", "Apply, s", "Writes to Kubernetes", "Requests to MLflow", "Which"}, requestRows,
	},
	{
		"Idle", "Everything is as it should be and stays so. The writes of the operator must be 0.",
		[]string{"Server", "Models", "Contender", "Interval, s", "Requests a minute", "KB a minute", "Writes to MLflow", "Objects written",
			"MLflow, % of a core", "itself, % of a core"},
		idleRows,
	},
	{
		"One change among N",
		"Milliseconds from the edit of a promotion to its status saying that the version holds the stage. The sequential minimum is " +
			"the same six calls to MLflow by hand, between the edits. Under load, another stage of every model converges meanwhile, and edits " +
			"come at a fixed rate.",
		[]string{"Server", "Models", "When", "Samples", "p50", "p99", "to the minimum"}, changeRows,
	},
	{
		"Drift",
		"Seconds from an alias moved by hand, at a random moment of a poll interval, to it put back: for the operator, to the " +
			"entry in the promotion's history.",
		[]string{"Server", "Models", "Contender", "Samples", "p50", "Longest"}, driftRows,
	},
	{
		"Restart",
		"The operator is stopped and started with everything as it should be. Seconds until it is connected and its queues are empty. " +
			"Writes must be 0.",
		[]string{"Server", "Models", "Time", "Requests to MLflow", "Writes to MLflow", "Objects written", "Peak memory, MiB"}, restartRows,
	},
	{
		"Memory of the operator", "MiB, resident.",
		[]string{"Server", "Models", "after convergence", "its peak", "idle"}, memoryRows,
	},
	{
		"Growth", "Time to converge, for each model, in milliseconds.",
		[]string{"Server", "Contender", "Models: time"}, growthRows,
	},
	{
		"Connections", "Milliseconds to get a model, one after the other.",
		[]string{"Server", "Client", "Samples", "p50", "p99"}, transportRows,
	},
}

const convergenceTitle = "Convergence"

// of are the samples of a quantity.
func (r *results) of(s setup, measure, contender, quantity string) []float64 {
	return r.values(series{setup: s, Measure: measure, Contender: contender, Quantity: quantity})
}

func (r *results) median(s setup, measure, contender, quantity string) float64 {
	return median(r.of(s, measure, contender, quantity))
}

func convergenceRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.setups() {
		for _, c := range contenders {
			taken := r.of(s, convergence, c, "time")
			if len(taken) == 0 {
				continue
			}
			cpu := func(name string) float64 { return r.median(s, convergence, c, "processor time of "+name) }
			rows = append(rows, []string{
				s.server(), fmt.Sprint(s.Models), c, fmt.Sprint(len(taken)), varied(taken),
				times(median(taken), r.median(s, convergence, limit, "time")),
				times(median(taken), r.median(s, convergence, script, "time")),
				figure(cpu("mlflow")), figure(cpu("postgres")), figure(cpu(c)), figure(cpu("kube-apiserver") + cpu("etcd")), figure(cpu(harness)),
			})
		}
	}
	return rows
}

func requestRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.setups() {
		var total float64
		var which []string
		for _, sample := range r.Samples {
			endpoint, found := strings.CutPrefix(sample.Quantity, "requests ")
			if !found || sample.setup != s || sample.Measure != convergence || sample.Contender != ours || sample.Round != 0 {
				continue
			}
			share := sample.Values[0] / float64(s.Models)
			total += share
			which = append(which, figure(share)+" `"+endpoint+"`")
		}
		if len(which) > 0 {
			rows = append(rows, []string{
				s.server(), fmt.Sprint(s.Models), figure(r.median(s, convergence, ours, "apply")),
				figure(r.median(s, convergence, ours, "writes to Kubernetes") / float64(s.Models)), figure(total), strings.Join(which, ", "),
			})
		}
	}
	return rows
}

func idleRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.setups() {
		for _, c := range contenders {
			value := func(quantity string) string { return figure(r.median(s, idle, c, quantity)) }
			if value("requests") == "–" {
				continue
			}
			rows = append(rows, []string{
				s.server(), fmt.Sprint(s.Models), c, value("interval"), value("requests"), value("traffic"), value("writes"),
				value("writes to Kubernetes"),
				value("processor of mlflow"), value("processor of " + c),
			})
		}
	}
	return rows
}

func growthRows(r *results) [][]string {
	var rows [][]string
	servers := map[string][]setup{}
	var order []string
	for _, s := range r.setups() {
		if servers[s.server()] == nil {
			order = append(order, s.server())
		}
		servers[s.server()] = append(servers[s.server()], s)
	}
	for _, server := range order {
		for _, c := range contenders {
			var cells []string
			for _, s := range servers[server] {
				if taken := r.median(s, convergence, c, "time"); taken > 0 {
					cells = append(cells, fmt.Sprintf("%d: %s", s.Models, figure(1000*taken/float64(s.Models))))
				}
			}
			if len(cells) > 1 {
				rows = append(rows, []string{server, c, strings.Join(cells, ", ")})
			}
		}
	}
	return rows
}
