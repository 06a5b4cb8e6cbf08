// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/metadata"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// syncMetadata writes what differs. After it, description and tags are as declared, or, in
// Observe mode, it is known what would be written. The view is believed when it says that
// nothing differs; before anything is written, or a key is struck off the ledger, the
// version is read afresh.
func (r *Reconciler) syncMetadata(ctx context.Context, s *scope) outcome.Outcome {
	if s.version == nil {
		// There is none, or nothing tells that it is not as it was.
		return outcome.Done()
	}
	plan := s.plan()
	if !s.fresh && (len(plan) > 0 || len(s.ledger(plan)) < len(s.object.Status.ManagedTags)) {
		if ended := r.readVersion(ctx, s); !ended.IsDone() {
			return ended
		}
		plan = s.plan()
	}
	if s.observes() {
		s.pending = plan
		return outcome.Done()
	}
	return r.write(ctx, s, plan)
}

func (s *scope) plan() []metadata.Change {
	return metadata.Plan(s.held(), desired(s.object), s.object.Status.ManagedTags)
}

func (s *scope) ledger(plan []metadata.Change) []string {
	return metadata.Ledger(s.held(), desired(s.object), s.object.Status.ManagedTags, plan)
}

// held is what the version carries in MLflow.
func (s *scope) held() metadata.Values {
	return metadata.Values{Description: s.version.Description, Tags: s.version.Tags}
}

// write carries out the plan, with the ledger of keys written before the first tag is, so
// that no key is ever written and forgotten.
func (r *Reconciler) write(ctx context.Context, s *scope, plan []metadata.Change) outcome.Outcome {
	ledger := s.ledger(plan)
	if len(plan) == 0 {
		s.object.Status.ManagedTags = ledger
		return outcome.Done()
	}
	if ended := r.readAgain(ctx, s); !ended.IsDone() {
		return ended
	}
	if ended := r.recognize(ctx, s); !ended.IsDone() {
		return ended
	}
	if ended := r.confirmModel(ctx, s); !ended.IsDone() {
		return ended
	}
	if ended := r.keepLedger(ctx, s, ledger); !ended.IsDone() {
		return ended
	}
	for _, c := range plan {
		if err := apply(ctx, s.view.Client(), s.live.Name, s.number(), c); err != nil {
			return outcome.Request(err)
		}
		s.acted = true
	}
	s.happened(updated(s, plan))
	return r.readBack(ctx, s)
}

// keepLedger writes the ledger down, where it is another one than before. That proves that
// the object is still what the pass has read: the API server refuses it otherwise. Where
// nothing is to be written, it is asked. A version that was taken in this pass has its
// ledger, and is written down with it.
func (r *Reconciler) keepLedger(ctx context.Context, s *scope, ledger []string) outcome.Outcome {
	if slices.Equal(ledger, s.before.ManagedTags) && s.before.Version == s.object.Status.Version {
		return telling.Confirm(ctx, r.Reader, s.object, "the object was edited meanwhile")
	}
	s.object.Status.ManagedTags = ledger
	return r.remember(ctx, s)
}

// readBack trusts no write: what was written must be there. Where the model shows the
// version, it is read with the model, so that everybody sees what was written.
func (r *Reconciler) readBack(ctx context.Context, s *scope) outcome.Outcome {
	if s.listed() != nil {
		if ended := r.readModel(ctx, s); !ended.IsDone() {
			return ended
		}
	}
	if shown := s.listed(); shown != nil {
		s.see(shown)
	} else if ended := r.readVersion(ctx, s); !ended.IsDone() {
		return ended
	}
	if left := s.plan(); len(left) > 0 {
		return outcome.Retry(v1alpha1.ReasonRequestFailed, metadata.NotKept(left[0]))
	}
	s.object.Status.ManagedTags = s.ledger(nil)
	return outcome.Done()
}

// apply writes one change.
func apply(ctx context.Context, client *mlflow.Client, model, version string, c metadata.Change) error {
	switch c.Kind {
	case metadata.SetDescription:
		return client.UpdateModelVersion(ctx, model, version, c.Desired)
	case metadata.DeleteTag:
		return client.DeleteModelVersionTag(ctx, model, version, c.Key)
	default:
		return client.SetModelVersionTag(ctx, model, version, c.Key, c.Desired)
	}
}
