// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// reportDrift ends the reconcile of a stage whose alias was changed externally, and whose
// driftPolicy is Report.
func (r *Reconciler) reportDrift(_ context.Context, s *scope) reconciler.Result {
	current := s.decision.CurrentVersion
	if string(s.Before.Status.CurrentVersion) != current || s.Before.Status.ObservedGeneration != s.Object.Generation {
		s.outcomes = append(s.outcomes, promotion.OutcomeDriftReported)
	}
	return reconciler.Terminal(v1alpha1.ReasonDriftDetected, fmt.Sprintf(
		"alias %s was changed externally from version %s to %s, and driftPolicy is Report: "+
			"move it back, or declare the version that it points to",
		s.stage.EffectiveAlias(), s.resolution.Version, versionOrNone(current)))
}

// restoreLastPromoted undoes an external change of a stage whose candidate was rejected. After it,
// the last promoted version holds the stage, if every gate still passes for it.
func (r *Reconciler) restoreLastPromoted(ctx context.Context, s *scope) reconciler.Result {
	decision := *s.decision.Restore
	gateResult, result := r.evaluateRequest(ctx, s, decision.Request)
	if !result.CanContinue() {
		return result
	}
	switch deciding := gateResult.DecidingGate(); {
	case deciding.Result == v1alpha1.GateError:
		return newGateErrorResult(s, deciding)
	case !gateResult.HasPassed():
		s.rejection.message += fmt.Sprintf("; version %s, which held the stage before the external change, can't be restored: %s",
			decision.Candidate.Version, deciding.Message)
		return reconciler.Continue()
	}
	return r.executeTransition(ctx, s, decision, gateResult)
}

// newGateErrorResult ends the reconcile because a gate could not be evaluated. If evidence may not be
// read, a person has to grant the permission; any other error is retried.
func newGateErrorResult(s *scope, deciding gate.Answer) reconciler.Result {
	if !s.accessResult.CanContinue() {
		return s.accessResult
	}
	return reconciler.RetryableError(v1alpha1.ReasonGateError, errors.New(deciding.Message))
}

// aliasCleanupVersion is the first MLflow that removes the aliases of a version that is
// deleted. Older ones let them dangle (measured on 2.22.5 and 3.5.1).
var aliasCleanupVersion = version.MustParseGeneric("3.17.0")

// canAliasesDangle reports whether the server may keep the aliases of deleted versions. It may if its
// version is unknown.
func canAliasesDangle(info mlflow.ServerInfo) bool {
	parsed, err := version.ParseGeneric(info.Version)
	return err != nil || parsed.LessThan(aliasCleanupVersion)
}

// deletionChecks remembers for each promotion the timestamp of the model at which its version was
// last found to exist.
type deletionChecks struct {
	timestamps sync.Map // types.NamespacedName to entities.Timestamp
}

func (c *deletionChecks) isChecked(key types.NamespacedName, model *entities.RegisteredModel) bool {
	checked, found := c.timestamps.Load(key)
	return found && checked == model.LastUpdatedTimestamp
}

// deleteKey drops what is known about a promotion that was deleted.
func (c *deletionChecks) deleteKey(key types.NamespacedName) {
	c.timestamps.Delete(key)
}
