// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"

	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// decideStep compares what is wanted with who holds the stage. After it, it is known what
// has to happen. Where nothing has, the phases behind it do nothing, and no request is
// made.
func (r *Reconciler) decideStep(_ context.Context, s *scope) reconciler.Result {
	s.step = promotion.DecideStep(s.planState())
	s.object.Status.BlockedUntil = nil
	bindOverride(s)
	if s.step == promotion.StepNone {
		setHeldCandidate(s)
	}
	return reconciler.Continue()
}

// reportDrift ends the pass where another hand moved the alias and that is only to be told.
func (r *Reconciler) reportDrift(_ context.Context, s *scope) reconciler.Result {
	if s.step != promotion.StepReportDrift {
		return reconciler.Continue()
	}
	return reconciler.Terminal(v1alpha1.ReasonDriftDetected, fmt.Sprintf(
		"another hand moved alias %s from version %s to %s, and driftPolicy is Report: put it back, or declare the version that holds it",
		s.stage.EffectiveAlias(), s.resolution.Version, versionOrNone(s.planState().CurrentVersion())))
}

// pinCandidate reads the candidate and puts into the status which artifact it is and which version
// it replaces, before anything is evaluated. It is written with the announcement, or with
// the verdict, whichever comes first: a crash before both leaves MLflow as it was, and the
// next pass judges what it finds.
func (r *Reconciler) pinCandidate(ctx context.Context, s *scope) reconciler.Result {
	if s.step == promotion.StepNone {
		return reconciler.Continue()
	}
	version, result := r.readCandidate(ctx, s)
	if !result.CanContinue() {
		return result
	}
	pinned := s.object.Status.Candidate
	if version == nil {
		setMissingCandidate(s)
		return reconciler.Continue()
	}
	now := promotion.PinCandidate(s.planState(), s.object.Generation, pinned, version)
	if !s.hasVersionSelector() && promotion.IsRecreated(pinned, s.object.Generation, now) {
		// The gates will say that this is another artifact than the one that was meant.
		return reconciler.Continue()
	}
	if pinned != nil && *pinned == *now {
		return reconciler.Continue()
	}
	s.object.Status.Candidate = now
	s.candidateChanged = true
	clearGateResults(s)
	return reconciler.Continue()
}

// readCandidate is the version in MLflow; nil when there is none of that number, which
// the gates will say.
func (r *Reconciler) readCandidate(ctx context.Context, s *scope) (*entities.ModelVersion, reconciler.Result) {
	ref := gate.VersionKey(s.mlflowModel.Name, s.resolution.Version)
	version, err := s.snapshot.Reader().ModelVersion(ctx, s.mlflowModel.Name, s.resolution.Version)
	if errors.Is(err, mlflow.ErrNotFound) {
		s.evidence.PutAbsent(ref)
		return nil, reconciler.Continue()
	}
	if err != nil {
		return nil, reconciler.FromMLflowError(err)
	}
	if s.resolution.Version != s.lastPromotedVersion() && !promotion.IsStillSelected(&s.object.Spec, version) {
		// The view is behind. What it is behind of decides which version is wanted.
		if _, result := r.readModel(ctx, s); !result.CanContinue() {
			return nil, result
		}
		return nil, reconciler.RequeueConflict(fmt.Sprintf("version %s no longer carries the tags that it was chosen for", version.Version))
	}
	s.evidence.Put(ref, version)
	return version, reconciler.Continue()
}

// setHeldCandidate makes the status speak of the version that holds the stage, where it
// spoke of another one that was refused.
func setHeldCandidate(s *scope) {
	c := s.object.Status.Candidate
	if c == nil || string(c.Version) != s.resolution.Version {
		s.object.Status.Candidate = candidateFromRecord(promotion.LastRecord(s.object.Status.History, s.mlflowModel))
		clearGateResults(s)
	}
	s.object.Status.Candidate.Generation = s.object.Generation
}

// setMissingCandidate makes the status speak of a version that does not exist. A pin of that number
// stays: it shows that the version did exist.
func setMissingCandidate(s *scope) {
	c := s.object.Status.Candidate
	if c == nil || string(c.Version) != s.resolution.Version {
		s.object.Status.Candidate = &v1alpha1.Candidate{
			Version: v1alpha1.Version(s.resolution.Version), Generation: s.object.Generation,
		}
		clearGateResults(s)
	}
}

// clearGateResults drops what the gates said of another candidate.
func clearGateResults(s *scope) {
	s.object.Status.Gates, s.object.Status.Comparison = nil, nil
	s.object.Status.EvidenceDigest = ""
}

func versionOrNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}
