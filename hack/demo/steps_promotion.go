// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// declareSamples applies the samples. MLflow is empty.
func declareSamples(ctx context.Context, e *environment) error {
	e.printCommand("kubectl apply --server-side -k config/samples   # with url: %s, pollInterval: %s", e.mlflow.URL, pollInterval)
	if err := e.applySamples(ctx, "config/samples"); err != nil {
		return err
	}
	var c v1alpha1.MLflowConnection
	if err := e.waitForObject(ctx, &c, connection, "the connection to be ready", func() (bool, string) {
		return isReady(c.Generation, c.Status.Conditions)
	}); err != nil {
		return err
	}
	if err := e.waitForModel(ctx, model); err != nil {
		return err
	}
	if err := e.waitForPromotion(ctx, production, "the promotion to miss its version", func(p *v1alpha1.ModelPromotion) bool {
		return readyCondition(p).Reason == v1alpha1.ReasonVersionNotFound
	}); err != nil {
		return err
	}
	return e.showTables(ctx, "mlconn", "rmodel", "promo")
}

// promoteFirst trains version 1. Staging promotes it as the newest validated version, and
// production after staging.
func promoteFirst(ctx context.Context, e *environment) error {
	if err := e.trainVersion(ctx, "good"); err != nil {
		return err
	}
	if err := e.waitForCurrent(ctx, staging, "1"); err != nil {
		return err
	}
	if err := e.waitForCurrent(ctx, production, "1"); err != nil {
		return err
	}
	if err := e.showTables(ctx, "promo", "rmodel"); err != nil {
		return err
	}
	return e.showEvents(ctx, production, "Promoted")
}

// blockByThreshold trains a version below the threshold of staging. Staging keeps its version and
// reports why it blocks the newer one.
func blockByThreshold(ctx context.Context, e *environment) error {
	if err := e.trainVersion(ctx, "hasty"); err != nil {
		return err
	}
	if err := e.waitForPromotion(ctx, staging, "version 2 to be blocked", func(p *v1alpha1.ModelPromotion) bool {
		return readyCondition(p).Reason == v1alpha1.ReasonCandidateBlocked && p.Status.CurrentVersion == "1" && p.Status.Candidate.Version == "2"
	}); err != nil {
		return err
	}
	if err := e.showTables(ctx, "promo"); err != nil {
		return err
	}
	return e.showMessage(ctx, staging)
}

// blockByComparison trains a version that passes the gates of staging, and requests it for
// production.
func blockByComparison(ctx context.Context, e *environment) error {
	if err := e.trainVersion(ctx, "worse"); err != nil {
		return err
	}
	if err := e.waitForCurrent(ctx, staging, "3"); err != nil {
		return err
	}
	if err := e.requestVersion(ctx, "3"); err != nil {
		return err
	}
	if err := e.waitForPromotion(ctx, production, "version 3 to be blocked", func(p *v1alpha1.ModelPromotion) bool {
		return readyCondition(p).Reason == v1alpha1.ReasonGateFailed && p.Status.CurrentVersion == "1" && p.Status.Candidate.Version == "3"
	}); err != nil {
		return err
	}
	if err := e.showTables(ctx, "promo"); err != nil {
		return err
	}
	if err := e.showMessage(ctx, production); err != nil {
		return err
	}
	return e.showStatus(ctx, production, "gates", func(p *v1alpha1.ModelPromotion) any { return p.Status.Gates })
}

// promoteBetter trains a version that beats the champion, and requests it for production.
func promoteBetter(ctx context.Context, e *environment) error {
	if err := e.trainVersion(ctx, "better"); err != nil {
		return err
	}
	if err := e.waitForCurrent(ctx, staging, "4"); err != nil {
		return err
	}
	if err := e.requestVersion(ctx, "4"); err != nil {
		return err
	}
	if err := e.waitForCurrent(ctx, production, "4"); err != nil {
		return err
	}
	if err := e.showTables(ctx, "promo"); err != nil {
		return err
	}
	return e.showStatus(ctx, production, "comparison", func(p *v1alpha1.ModelPromotion) any { return p.Status.Comparison })
}

// rollBack requests the previous version. It needs no comparison, because it passed all gates of
// the stage before.
func rollBack(ctx context.Context, e *environment) error {
	if err := e.requestVersion(ctx, "1"); err != nil {
		return err
	}
	if err := e.waitForPromotion(ctx, production, "version 1 to be back", func(p *v1alpha1.ModelPromotion) bool {
		return readyCondition(p).Reason == v1alpha1.ReasonRolledBack && p.Status.CurrentVersion == "1"
	}); err != nil {
		return err
	}
	if err := e.showTables(ctx, "promo"); err != nil {
		return err
	}
	return e.showEvents(ctx, production, "RolledBack")
}

// revertDrift moves the alias as a user of MLflow could.
func revertDrift(ctx context.Context, e *environment) error {
	e.printCommand(`curl -X POST %s/api/2.0/mlflow/registered-models/alias -H 'Content-Type: application/json' \
    -d '{"name": "%s", "alias": "%s", "version": "3"}'`, e.mlflow.URL, modelName, champion)
	if err := e.user.SetAlias(ctx, modelName, champion, "3"); err != nil {
		return err
	}
	if err := e.waitForPromotion(ctx, production, "the alias to be reverted", func(p *v1alpha1.ModelPromotion) bool {
		return len(p.Status.History) > 0 && p.Status.History[0].Reason == v1alpha1.PromotionReasonDriftReverted
	}); err != nil {
		return err
	}
	current, err := e.getAliasVersion(ctx)
	if err != nil {
		return err
	}
	if current != "1" {
		return fmt.Errorf("alias %s points to version %s in MLflow, not to 1", champion, current)
	}
	return e.showEvents(ctx, production, "DriftReverted")
}

// auditStages shows from the cluster and from MLflow which version was in production, when and
// why.
func auditStages(ctx context.Context, e *environment) error {
	if err := e.showTables(ctx, "rmodel"); err != nil {
		return err
	}
	var m v1alpha1.RegisteredModel
	if err := e.getObject(ctx, &m, model); err != nil {
		return err
	}
	e.printCommand("kubectl get rmodel %s -n %s -o yaml | yq .status.stages", model, namespace)
	if err := e.printYAML(m.Status.Stages); err != nil {
		return err
	}
	if err := showHistory(ctx, e); err != nil {
		return err
	}
	return showEvidence(ctx, e)
}

func showHistory(ctx context.Context, e *environment) error {
	var p v1alpha1.ModelPromotion
	if err := e.getObject(ctx, &p, production); err != nil {
		return err
	}
	// Version 1, version 4, the rollback to version 1, and the reverted drift.
	if len(p.Status.History) != 4 {
		return fmt.Errorf("the history of %s has %d entries, not 4", production, len(p.Status.History))
	}
	e.printCommand(`kubectl get promo %s -n %s -o jsonpath='{range .status.history[*]}{.time}{"\t"}{.version}{"\t"}{.reason}{"\n"}{end}'`,
		production, namespace)
	for _, h := range p.Status.History {
		_, _ = fmt.Fprintf(e.out, "%s\t%s\t%s\n", h.Time.UTC().Format(time.RFC3339), h.Version, h.Reason)
	}
	return nil
}

// showEvidence reads the tag that an auditor without access to the cluster reads.
func showEvidence(ctx context.Context, e *environment) error {
	const key = v1alpha1.EvidenceTagPrefix + "production"
	version, err := e.getVersion(ctx, "4")
	if err != nil {
		return err
	}
	if version.Tags[key] == "" {
		return fmt.Errorf("version 4 carries no tag %s in MLflow", key)
	}
	e.printCommand(`curl '%s/api/2.0/mlflow/model-versions/get?name=%s&version=4' \
    | jq '.model_version.tags[] | select(.key=="%s").value | fromjson'`, e.mlflow.URL, modelName, key)
	return e.printJSON(version.Tags[key])
}
