// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
)

func changeRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.setups() {
		least := r.median(s, change, ours, "sequential minimum")
		for _, when := range []string{"sequential minimum", "idle", "under load"} {
			taken := r.of(s, change, ours, when)
			if len(taken) == 0 {
				continue
			}
			rows = append(rows, []string{
				s.server(), fmt.Sprint(s.Models), when, fmt.Sprint(len(taken)),
				figure(median(taken)), figure(quantile(taken, 0.99)), times(median(taken), least),
			})
		}
	}
	return rows
}

func driftRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.setups() {
		for _, c := range contenders {
			taken := r.of(s, drift, c, "put back")
			if len(taken) == 0 {
				continue
			}
			rows = append(rows, []string{
				s.server(), fmt.Sprint(s.Models), c, fmt.Sprint(len(taken)), figure(median(taken)), figure(quantile(taken, 1)),
			})
		}
	}
	return rows
}

func restartRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.setups() {
		value := func(quantity string) string { return figure(r.median(s, restart, ours, quantity)) }
		if value("time") == "–" {
			continue
		}
		rows = append(rows, []string{
			s.server(), fmt.Sprint(s.Models), value("time"), value("requests"), value("writes to MLflow"),
			value("writes to Kubernetes"), value("peak memory"),
		})
	}
	return rows
}

func memoryRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.setups() {
		if len(r.of(s, convergence, ours, "memory")) == 0 {
			continue
		}
		rows = append(rows, []string{
			s.server(), fmt.Sprint(s.Models), figure(r.median(s, convergence, ours, "memory")),
			figure(r.median(s, convergence, ours, "peak memory")), figure(r.median(s, idle, ours, "memory")),
		})
	}
	return rows
}

func transportRows(r *results) [][]string {
	var rows [][]string
	for _, s := range r.setups() {
		for _, client := range []string{plain, ours} {
			taken := r.of(s, transport, client, "get a model")
			if len(taken) == 0 {
				continue
			}
			rows = append(rows, []string{
				s.server(), client, fmt.Sprint(len(taken)), figure(median(taken)), figure(quantile(taken, 0.99)),
			})
		}
	}
	return rows
}
