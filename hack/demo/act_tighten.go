// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// tighten has the class demand a tag that no model has. The model is left alone until its
// team adds the tag: what holds production goes on to hold it.
func tighten(ctx context.Context, w *world) error {
	const rule = `[{"op":"add","path":"/spec/tags/-","value":{"key":"cost_center","required":true,"pattern":"[0-9]{4}"}}]`
	if err := w.editClass(ctx, types.JSONPatchType, rule); err != nil {
		return err
	}
	var m v1alpha1.RegisteredModel
	if err := w.await(ctx, &m, model, "the model to be refused by its class", func() (bool, string) {
		r := readyOf(m.Status.Conditions)
		return r.Reason == v1alpha1.ReasonInvalidSpec, r.Reason + ": " + r.Message
	}); err != nil {
		return err
	}
	if err := w.show(ctx, "rmodel"); err != nil {
		return err
	}
	w.sayMessage("rmodel/"+model, readyOf(m.Status.Conditions).Message)
	holder, err := w.holder(ctx)
	if err != nil {
		return err
	}
	if holder != tuned {
		return fmt.Errorf("alias %s points to version %s in MLflow, not to %s", champion, holder, tuned)
	}
	if err := w.editModel(ctx, `{"spec":{"tags":{"cost_center":"4711"}}}`); err != nil {
		return err
	}
	if err := w.awaitModel(ctx, model); err != nil {
		return err
	}
	return w.show(ctx, "rmodel")
}
