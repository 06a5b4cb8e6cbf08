// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// aliasCleanupVersion is the first MLflow that removes the aliases of a version that is
// deleted. Older ones let them dangle (measured on 2.22.5 and 3.5.1).
var aliasCleanupVersion = version.MustParseGeneric("3.17.0")

// deletionChecks remembers of each promotion when it was last made sure that the version that
// holds the stage exists.
type deletionChecks struct {
	timestamps sync.Map // types.NamespacedName to entities.Timestamp
}

// verifyCurrentVersion makes sure that the recorded holder was not deleted, where the alias does
// not tell. After it, a stage that is held is held by a version that exists, and an alias
// that is gone is gone by itself.
func (r *Reconciler) verifyCurrentVersion(ctx context.Context, s *scope) reconciler.Result {
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: s.object.Name}
	if !s.canBeDeleted() || r.deletionChecks.isChecked(key, s.mlflowModel) {
		return reconciler.Continue()
	}
	_, err := s.snapshot.Reader().ModelVersion(ctx, s.mlflowModel.Name, s.resolution.Version)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		// It can be put back as little as it can hold the stage. The gates will say so.
		s.step = promotion.StepRevertDrift
	case err != nil:
		return reconciler.FromMLflowError(err)
	default:
		r.deletionChecks.timestamps.Store(key, s.mlflowModel.LastUpdatedTimestamp)
	}
	return reconciler.Continue()
}

// canBeDeleted tells whether the recorded holder may be gone though it is not said: on
// servers where an alias may dangle, and where the alias itself is gone. A deletion moves
// the model's timestamp, so that one request for each of its values is enough; and none
// where the list shows the version.
func (s *scope) canBeDeleted() bool {
	switch s.step {
	case promotion.StepNone:
		return canAliasesDangle(s.snapshot.ServerInfo()) && s.mlflowModel.ListedVersion(s.resolution.Version) == nil
	case promotion.StepReportDrift:
		return s.planState().CurrentVersion() == "" && s.mlflowModel.ListedVersion(s.resolution.Version) == nil
	case promotion.StepPromote, promotion.StepRevertDrift, promotion.StepSyncLegacyStage:
	}
	return false
}

func (h *deletionChecks) isChecked(key types.NamespacedName, live *entities.RegisteredModel) bool {
	confirmed, found := h.timestamps.Load(key)
	return found && confirmed == live.LastUpdatedTimestamp
}

// deleteKey drops what is known of a promotion that was deleted.
func (h *deletionChecks) deleteKey(key types.NamespacedName) {
	h.timestamps.Delete(key)
}

// canAliasesDangle is also true of a server that does not tell its version.
func canAliasesDangle(info mlflow.ServerInfo) bool {
	told, err := version.ParseGeneric(info.Version)
	return err != nil || told.LessThan(aliasCleanupVersion)
}
