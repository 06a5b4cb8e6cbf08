// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// audit answers who held production, when and why: from the cluster, and from MLflow.
func audit(ctx context.Context, w *world) error {
	if err := w.show(ctx, "rmodel"); err != nil {
		return err
	}
	var m v1alpha1.RegisteredModel
	if err := w.get(ctx, &m, model); err != nil {
		return err
	}
	w.command("kubectl get rmodel %s -n %s -o yaml | yq .status.stages", model, namespace)
	if err := w.yaml(m.Status.Stages); err != nil {
		return err
	}
	if err := showHistory(ctx, w); err != nil {
		return err
	}
	return showEvidence(ctx, w)
}

func showHistory(ctx context.Context, w *world) error {
	var p v1alpha1.ModelPromotion
	if err := w.get(ctx, &p, production); err != nil {
		return err
	}
	// Version 1, version 4, version 1 again, and version 1 put back.
	if len(p.Status.History) != 4 {
		return fmt.Errorf("the history of %s has %d entries, not 4", production, len(p.Status.History))
	}
	w.command(`kubectl get promo %s -n %s -o jsonpath='{range .status.history[*]}{.time}{"\t"}{.version}{"\t"}{.reason}{"\n"}{end}'`,
		production, namespace)
	for _, h := range p.Status.History {
		_, _ = fmt.Fprintf(w.out, "%s\t%s\t%s\n", h.Time.UTC().Format(time.RFC3339), h.Version, h.Reason)
	}
	return nil
}

// showEvidence reads the tag that an auditor without access to the cluster sees.
func showEvidence(ctx context.Context, w *world) error {
	const key = v1alpha1.EvidenceTagPrefix + "production"
	version, err := w.version(ctx, "4")
	if err != nil {
		return err
	}
	if version.Tags[key] == "" {
		return fmt.Errorf("version 4 carries no tag %s in MLflow", key)
	}
	w.command(`curl '%s/api/2.0/mlflow/model-versions/get?name=%s&version=4' \
    | jq '.model_version.tags[] | select(.key=="%s").value | fromjson'`, w.mlflow.URL, modelName, key)
	return w.json(version.Tags[key])
}
