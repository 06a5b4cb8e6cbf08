// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/version"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// dropsAliases is the first MLflow that removes the aliases of a version that is
// deleted. Older ones let them dangle (measured on 2.22.5 and 3.5.1).
var dropsAliases = version.MustParseGeneric("3.17.0")

// holders remembers of each promotion when it was last made sure that the version that
// holds the stage exists.
type holders struct {
	confirmed sync.Map // types.NamespacedName to entities.Timestamp
}

// confirmHolder makes sure that the recorded holder was not deleted, where the alias does
// not tell. After it, a stage that is held is held by a version that exists, and an alias
// that is gone is gone by itself.
func (r *Reconciler) confirmHolder(ctx context.Context, s *scope) outcome.Outcome {
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: s.object.Name}
	if !s.mayBeDeleted() || r.holders.known(key, s.live) {
		return outcome.Done()
	}
	_, err := s.view.Reader().ModelVersion(ctx, s.live.Name, s.resolution.Version)
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		// It can be put back as little as it can hold the stage. The gates will say so.
		s.step = promotion.StepRevert
	case err != nil:
		return outcome.Request(err)
	default:
		r.holders.confirmed.Store(key, s.live.LastUpdatedTimestamp)
	}
	return outcome.Done()
}

// mayBeDeleted tells whether the recorded holder may be gone though it is not said: on
// servers where an alias may dangle, and where the alias itself is gone. A deletion moves
// the model's timestamp, so that one request for each of its values is enough; and none
// where the list shows the version.
func (s *scope) mayBeDeleted() bool {
	switch s.step {
	case promotion.StepHold:
		return mayDangle(s.view.ServerInfo()) && s.live.Shown(s.resolution.Version) == nil
	case promotion.StepReport:
		return s.situation().Holder() == "" && s.live.Shown(s.resolution.Version) == nil
	default:
		return false
	}
}

func (h *holders) known(key types.NamespacedName, live *entities.RegisteredModel) bool {
	confirmed, found := h.confirmed.Load(key)
	return found && confirmed == live.LastUpdatedTimestamp
}

// forget drops what is known of a promotion that was deleted.
func (h *holders) forget(key types.NamespacedName) {
	h.confirmed.Delete(key)
}

// mayDangle is also true of a server that does not tell its version.
func mayDangle(info mlflow.ServerInfo) bool {
	told, err := version.ParseGeneric(info.Version)
	return err != nil || told.LessThan(dropsAliases)
}
