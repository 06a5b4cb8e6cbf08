// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// printLine prints a line with the time since the start.
func (e *environment) printLine(line string) {
	_, _ = fmt.Fprintf(e.out, "[%5.1fs] %s\n", time.Since(e.began).Seconds(), line)
}

func (e *environment) printHeading(s step) {
	_, _ = fmt.Fprintln(e.out)
	e.printLine(fmt.Sprintf("=== %s: %s", s.name, s.title))
}

// printCommand prints the command with which a user would do the next thing.
func (e *environment) printCommand(format string, args ...any) {
	_, _ = fmt.Fprintf(e.out, "\n$ "+format+"\n", args...)
}

// showTables prints the objects of kinds, given by their short names.
func (e *environment) showTables(ctx context.Context, kinds ...string) error {
	for _, kind := range kinds {
		e.printCommand("kubectl get %s -n %s", kind, namespace)
		if err := e.showTable(ctx, tablePaths[kind], nil); err != nil {
			return err
		}
	}
	return nil
}

// showEvents prints the events of an object with a reason. It waits for them, because the
// operator sends events after the status.
func (e *environment) showEvents(ctx context.Context, object, reason string) error {
	selector := "involvedObject.name=" + object + ",reason=" + reason
	if err := e.waitForEvent(ctx, selector); err != nil {
		return err
	}
	e.printCommand("kubectl get events -n %s --field-selector %s", namespace, selector)
	return e.showTable(ctx, eventsPath, map[string]string{"fieldSelector": selector})
}

// showMessage prints the message of the condition Ready.
func (e *environment) showMessage(ctx context.Context, promotion string) error {
	var p v1alpha1.ModelPromotion
	if err := e.getObject(ctx, &p, promotion); err != nil {
		return err
	}
	e.printMessage("promo/"+promotion, readyCondition(&p).Message)
	return nil
}

func (e *environment) printMessage(object, message string) {
	e.printCommand(`kubectl get %s -n %s -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}'`, object, namespace)
	_, _ = fmt.Fprintln(e.out, message)
}

// showStatus prints a part of the status of a promotion.
func (e *environment) showStatus(ctx context.Context, promotion, field string, part func(*v1alpha1.ModelPromotion) any) error {
	var p v1alpha1.ModelPromotion
	if err := e.getObject(ctx, &p, promotion); err != nil {
		return err
	}
	e.printCommand("kubectl get promo %s -n %s -o yaml | yq .status.%s", promotion, namespace, field)
	return e.printYAML(part(&p))
}

func (e *environment) printYAML(value any) error {
	text, err := yaml.Marshal(value)
	if err != nil {
		return err
	}
	_, err = e.out.Write(text)
	return err
}

func (e *environment) printJSON(text string) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(strings.TrimSpace(text)), "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.out, indented.String())
	return err
}

const (
	rootPath   = "/apis/registry.mlflow-operator.io/v1alpha1/"
	groupPath  = rootPath + "namespaces/" + namespace + "/"
	eventsPath = "/api/v1/namespaces/" + namespace + "/events"
	// tableMediaType makes the API server render a list as a table, as for kubectl get.
	tableMediaType = "application/json;as=Table;v=v1;g=meta.k8s.io"
)

// tablePaths are the paths of lists, by the short names of their kinds.
var tablePaths = map[string]string{
	"mlconn": groupPath + "mlflowconnections",
	"rmodel": groupPath + "registeredmodels",
	"promo":  groupPath + "modelpromotions",
	"mver":   groupPath + "modelversions",
	"pappr":  groupPath + "promotionapprovals",
	"mclass": rootPath + "modelclasses",
}

// showTable prints a list as kubectl get does.
func (e *environment) showTable(ctx context.Context, path string, parameters map[string]string) error {
	table, err := e.fetchTable(ctx, path, parameters)
	if err != nil {
		return err
	}
	return printers.NewTablePrinter(printers.PrintOptions{}).PrintObj(table, e.out)
}

func (e *environment) fetchTable(ctx context.Context, path string, parameters map[string]string) (*metav1.Table, error) {
	config := rest.CopyConfig(e.plane.Config)
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	client, err := rest.UnversionedRESTClientFor(config)
	if err != nil {
		return nil, err
	}
	request := client.Get().AbsPath(path).SetHeader("Accept", tableMediaType)
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

// waitForEvent waits for an event that matches the selector.
func (e *environment) waitForEvent(ctx context.Context, selector string) error {
	return e.waitUntil(ctx, "an event with "+selector, func(ctx context.Context) (bool, string) {
		table, err := e.fetchTable(ctx, eventsPath, map[string]string{"fieldSelector": selector})
		return err == nil && len(table.Rows) > 0, "there is no such event"
	})
}
