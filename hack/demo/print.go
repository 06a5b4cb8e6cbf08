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

	"sigs.k8s.io/yaml"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// say prints a line with the time that has passed.
func (w *world) say(line string) {
	_, _ = fmt.Fprintf(w.out, "[%5.1fs] %s\n", time.Since(w.began).Seconds(), line)
}

func (w *world) heading(a act) {
	_, _ = fmt.Fprintln(w.out)
	w.say(fmt.Sprintf("=== %s: %s", a.name, a.title))
}

// command prints what a person would type for what happens next.
func (w *world) command(format string, args ...any) {
	_, _ = fmt.Fprintf(w.out, "\n$ "+format+"\n", args...)
}

// show prints the tables of some kinds, by their short names.
func (w *world) show(ctx context.Context, kinds ...string) error {
	for _, kind := range kinds {
		w.command("kubectl get %s -n %s", kind, namespace)
		if err := w.table(ctx, tablePaths[kind], nil); err != nil {
			return err
		}
	}
	return nil
}

// showEvents prints the events of an object that have the reason. The operator sends
// events after the status, so that they are waited for.
func (w *world) showEvents(ctx context.Context, object, reason string) error {
	selector := "involvedObject.name=" + object + ",reason=" + reason
	if err := w.awaitEvent(ctx, selector); err != nil {
		return err
	}
	w.command("kubectl get events -n %s --field-selector %s", namespace, selector)
	return w.table(ctx, eventsPath, map[string]string{"fieldSelector": selector})
}

// showMessage prints the sentence of the condition Ready.
func (w *world) showMessage(ctx context.Context, promotion string) error {
	var p v1alpha1.ModelPromotion
	if err := w.get(ctx, &p, promotion); err != nil {
		return err
	}
	w.sayMessage("promo/"+promotion, ready(&p).Message)
	return nil
}

func (w *world) sayMessage(object, message string) {
	w.command(`kubectl get %s -n %s -o jsonpath='{.status.conditions[?(@.type=="Ready")].message}'`, object, namespace)
	_, _ = fmt.Fprintln(w.out, message)
}

// showStatus prints a part of a promotion's status.
func (w *world) showStatus(ctx context.Context, promotion, field string, part func(*v1alpha1.ModelPromotion) any) error {
	var p v1alpha1.ModelPromotion
	if err := w.get(ctx, &p, promotion); err != nil {
		return err
	}
	w.command("kubectl get promo %s -n %s -o yaml | yq .status.%s", promotion, namespace, field)
	return w.yaml(part(&p))
}

func (w *world) yaml(value any) error {
	text, err := yaml.Marshal(value)
	if err != nil {
		return err
	}
	_, err = w.out.Write(text)
	return err
}

func (w *world) json(text string) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(strings.TrimSpace(text)), "", "  "); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w.out, indented.String())
	return err
}
