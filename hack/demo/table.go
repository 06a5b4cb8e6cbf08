// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
)

const (
	rootPath   = "/apis/registry.mlflow-operator.io/v1alpha1/"
	groupPath  = rootPath + "namespaces/" + namespace + "/"
	eventsPath = "/api/v1/namespaces/" + namespace + "/events"
	// asTable is what kubectl asks for.
	asTable = "application/json;as=Table;v=v1;g=meta.k8s.io"
)

// tablePaths are the lists of the API, by the short names of their kinds.
var tablePaths = map[string]string{
	"mlconn": groupPath + "mlflowconnections",
	"rmodel": groupPath + "registeredmodels",
	"promo":  groupPath + "modelpromotions",
	"mver":   groupPath + "modelversions",
	"pappr":  groupPath + "promotionapprovals",
	"mclass": rootPath + "modelclasses",
}

// table prints a list as the API server renders it, which is what kubectl get prints.
func (w *world) table(ctx context.Context, path string, parameters map[string]string) error {
	table, err := w.fetchTable(ctx, path, parameters)
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(w.out, 0, 8, 3, ' ', 0)
	_, _ = fmt.Fprintln(out, strings.Join(header(table), "\t"))
	for i := range table.Rows {
		_, _ = fmt.Fprintln(out, strings.Join(cells(table, i), "\t"))
	}
	return out.Flush()
}

func (w *world) fetchTable(ctx context.Context, path string, parameters map[string]string) (*metav1.Table, error) {
	config := rest.CopyConfig(w.plane.Config)
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	client, err := rest.UnversionedRESTClientFor(config)
	if err != nil {
		return nil, err
	}
	request := client.Get().AbsPath(path).SetHeader("Accept", asTable)
	for name, value := range parameters {
		request.Param(name, value)
	}
	content, err := request.DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("get the table of %s: %w", path, err)
	}
	var table metav1.Table
	return &table, json.Unmarshal(content, &table)
}

// awaitEvent waits until there is an event that the selector finds.
func (w *world) awaitEvent(ctx context.Context, selector string) error {
	return w.until(ctx, "an event with "+selector, func(ctx context.Context) (bool, string) {
		table, err := w.fetchTable(ctx, eventsPath, map[string]string{"fieldSelector": selector})
		return err == nil && len(table.Rows) > 0, "there is none"
	})
}

// header is the names of the columns without those of -o wide.
func header(table *metav1.Table) []string {
	var names []string
	for _, column := range table.ColumnDefinitions {
		if column.Priority == 0 {
			names = append(names, strings.ToUpper(column.Name))
		}
	}
	return names
}

func cells(table *metav1.Table, row int) []string {
	var texts []string
	for i, column := range table.ColumnDefinitions {
		if column.Priority != 0 {
			continue
		}
		text := "<none>"
		if cell := table.Rows[row].Cells[i]; cell != nil {
			text = fmt.Sprint(cell)
		}
		texts = append(texts, text)
	}
	return texts
}
