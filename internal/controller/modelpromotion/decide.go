// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
)

// decide compares what is wanted with who holds the stage. After it, it is known what
// has to happen. Where nothing has, the phases behind it do nothing, and no request is
// made.
func (r *Reconciler) decide(_ context.Context, s *scope) outcome.Outcome {
	s.step = promotion.Next(s.situation())
	s.object.Status.BlockedUntil = nil
	bindOverride(s)
	if s.step == promotion.StepHold {
		holdCandidate(s)
	}
	return outcome.Done()
}

// report ends the pass where another hand moved the alias and that is only to be told.
func (r *Reconciler) report(_ context.Context, s *scope) outcome.Outcome {
	if s.step != promotion.StepReport {
		return outcome.Done()
	}
	return outcome.Stall(v1alpha1.ReasonAliasMoved, fmt.Sprintf(
		"another hand moved alias %s from version %s to %s, and drift is Report: put it back, or declare the version that holds it",
		s.stage.EffectiveAlias(), s.resolution.Version, orNone(s.situation().Holder())))
}

// pin reads the candidate and puts into the status which artifact it is and which version
// it replaces, before anything is evaluated. It is written with the announcement, or with
// the verdict, whichever comes first: a crash before both leaves MLflow as it was, and the
// next pass judges what it finds.
func (r *Reconciler) pin(ctx context.Context, s *scope) outcome.Outcome {
	if s.step == promotion.StepHold {
		return outcome.Done()
	}
	version, ended := r.readCandidate(ctx, s)
	if !ended.IsDone() {
		return ended
	}
	pinned := s.object.Status.Candidate
	if version == nil {
		wantOnly(s)
		return outcome.Done()
	}
	now := promotion.Pin(s.situation(), s.object.Generation, pinned, version)
	if !s.continuous() && promotion.Recreated(pinned, s.object.Generation, now) {
		// The gates will say that this is another artifact than the one that was meant.
		return outcome.Done()
	}
	if pinned != nil && *pinned == *now {
		return outcome.Done()
	}
	s.object.Status.Candidate = now
	s.repinned = true
	forgetVerdicts(s)
	return outcome.Done()
}

// readCandidate is the version in MLflow; nil when there is none of that number, which
// the gates will say.
func (r *Reconciler) readCandidate(ctx context.Context, s *scope) (*entities.ModelVersion, outcome.Outcome) {
	ref := gate.VersionRef(s.live.Name, s.resolution.Version)
	version, err := s.view.Reader().ModelVersion(ctx, s.live.Name, s.resolution.Version)
	if errors.Is(err, mlflow.ErrNotFound) {
		s.evidence.PutAbsent(ref)
		return nil, outcome.Done()
	}
	if err != nil {
		return nil, outcome.Request(err)
	}
	if s.resolution.Version != s.recorded() && !promotion.StillWanted(&s.object.Spec, version) {
		// The view is behind. What it is behind of decides which version is wanted.
		if _, ended := r.read(ctx, s); !ended.IsDone() {
			return nil, ended
		}
		return nil, telling.StartAgain(fmt.Sprintf("version %s no longer carries the tags that it was chosen for", version.Version))
	}
	s.evidence.PutVersion(ref, version)
	return version, outcome.Done()
}

// holdCandidate makes the status speak of the version that holds the stage, where it
// spoke of another one that was refused.
func holdCandidate(s *scope) {
	c := s.object.Status.Candidate
	if c == nil || string(c.Version) != s.resolution.Version {
		s.object.Status.Candidate = pinOf(promotion.Recorded(s.object.Status.History, s.live))
		forgetVerdicts(s)
	}
	s.object.Status.Candidate.Generation = s.object.Generation
}

// wantOnly makes the status speak of a version that does not exist. A pin of that number
// stays: it shows that the version did exist.
func wantOnly(s *scope) {
	c := s.object.Status.Candidate
	if c == nil || string(c.Version) != s.resolution.Version {
		s.object.Status.Candidate = &v1alpha1.Candidate{
			Version: v1alpha1.Version(s.resolution.Version), Generation: s.object.Generation,
		}
		forgetVerdicts(s)
	}
}

// forgetVerdicts drops what the gates said of another candidate.
func forgetVerdicts(s *scope) {
	s.object.Status.Gates, s.object.Status.Comparison = nil, nil
	s.object.Status.EvidenceDigest = ""
}

func orNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}
