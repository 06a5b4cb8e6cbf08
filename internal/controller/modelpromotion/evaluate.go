// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/promotion"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// evaluateGates evaluates every gate for the candidate. After it, s.rejection says whether the
// candidate may be promoted, and the status shows the results.
func (r *Reconciler) evaluateGates(ctx context.Context, s *scope) reconciler.Result {
	gateResult, result := r.evaluateRequest(ctx, s, s.decision.Request)
	if !result.CanContinue() {
		return result
	}
	s.gateResult = &gateResult
	s.rejection = newRejection(s.decision, gateResult)
	if s.decision.Step == promotion.StepSyncLegacyStage && gateResult.HasPassed() && !s.decision.IsNewPin {
		// The status keeps the evidence with which the version was promoted.
		return reconciler.Continue()
	}
	s.countRejection(s.decision.IsNewPin || !equality.Semantic.DeepEqual(s.Object.Status.Gates, toGateStatuses(gateResult)))
	status := &s.Object.Status
	status.Gates = toGateStatuses(gateResult)
	status.EvidenceDigest = cmp.Or(gateResult.EvidenceDigest(), status.EvidenceDigest)
	status.Comparison = gateResult.Comparison
	status.BlockedUntil = toMetaTime(gateResult.BlockedUntil())
	return reconciler.Continue()
}

// newRejection is empty if every gate passed or is exempt, and the precondition is met.
func newRejection(decision promotion.Decision, gateResult gate.Result) rejection {
	if gateResult.HasPassed() {
		if unmet := decision.UnmetPrecondition; unmet != "" {
			return rejection{reason: v1alpha1.ReasonPreconditionFailed, message: unmet}
		}
		return rejection{}
	}
	deciding := gateResult.DecidingGate()
	return rejection{
		reason:    deciding.Reason,
		message:   gatesFailedMessage(gateResult, deciding) + appendSentence(gateResult.OverrideIgnoredReason),
		isPending: deciding.Result == v1alpha1.GatePending,
	}
}

// gatesFailedMessage is the message of the deciding gate, and how many more gates did not pass. A
// version that does not exist needs no count: no gate can pass for it.
func gatesFailedMessage(gateResult gate.Result, deciding gate.Answer) string {
	if deciding.Reason == v1alpha1.ReasonVersionNotFound {
		return deciding.Message
	}
	others := -1
	for _, g := range gateResult.Gates {
		if !g.IsPassedOrExempt() {
			others++
		}
	}
	switch others {
	case 0:
		return deciding.Message
	case 1:
		return deciding.Message + "; 1 more gate did not pass, see status.gates"
	default:
		return fmt.Sprintf("%s; %d more gates did not pass, see status.gates", deciding.Message, others)
	}
}

// countRejection counts a rejection if the status did not show it before. It compares what an
// outage leaves in the status, such as the gate results: conditions become Unknown in an outage,
// and would be new whenever MLflow answers again. A gate that could not be evaluated rejects nothing.
func (s *scope) countRejection(gatesChanged bool) {
	switch {
	case !s.isRejected() || s.rejection.reason == v1alpha1.ReasonGateError:
	case s.rejection.isPending && gatesChanged:
		s.outcomes = append(s.outcomes, promotion.OutcomePending)
	case !s.rejection.isPending && (gatesChanged || s.isNewlyUnexpected()):
		s.outcomes = append(s.outcomes, promotion.OutcomeBlocked)
	}
}

// isNewlyUnexpected reports whether the current version is not the expected one, and the last
// status gave another reason for not promoting the candidate.
func (s *scope) isNewlyUnexpected() bool {
	before := meta.FindStatusCondition(s.Before.Status.Conditions, v1alpha1.ConditionPromoted)
	return s.rejection.reason == v1alpha1.ReasonPreconditionFailed && before != nil &&
		before.Status != metav1.ConditionUnknown && before.Reason != s.rejection.reason
}

// requeueOnGateError ends the reconcile because a gate could not be evaluated. It is the last phase: an
// external change can be undone in any case.
func (r *Reconciler) requeueOnGateError(_ context.Context, s *scope) reconciler.Result {
	return newGateErrorResult(s, s.gateResult.DecidingGate())
}

// evaluateRequest evaluates the gates on what was read, and reads what they miss, until they miss nothing.
func (r *Reconciler) evaluateRequest(ctx context.Context, s *scope, request gate.Request) (gate.Result, reconciler.Result) {
	gateResult := gate.Evaluate(request, s.evidence)
	for range gate.MaxRounds {
		if len(gateResult.Missing) == 0 {
			break
		}
		for _, key := range gateResult.Missing {
			if result := r.readEvidence(ctx, s, key); !result.CanContinue() {
				return gateResult, result
			}
		}
		gateResult = gate.Evaluate(request, s.evidence)
	}
	r.recordGateMetrics(gateResult)
	return gateResult, reconciler.Continue()
}

// readEvidence reads one thing. That it does not exist or can't be read is evidence, too: only an
// error that every request would meet ends the reconcile. A version of another model is read only if
// the connection allows that model: its metrics would be visible through a copy.
func (r *Reconciler) readEvidence(ctx context.Context, s *scope, key gate.Key) reconciler.Result {
	if key.Kind == gate.KindApprovals || key.Kind == gate.KindIdentity {
		r.readApprovalEvidence(ctx, s, key)
		return reconciler.Continue()
	}
	if key.Kind == gate.KindVersion {
		result := r.newResolver().AuthorizeCopy(ctx, r.Client, s.model, key.Model)
		switch {
		case result.Reason == v1alpha1.ReasonForbidden:
			s.evidence.PutUnreadable(key, result.Message)
			s.denyEvidence(result)
			return reconciler.Continue()
		case !result.CanContinue():
			return result
		}
	}
	return readMLflowEvidence(ctx, s, key)
}

func readMLflowEvidence(ctx context.Context, s *scope, key gate.Key) reconciler.Result {
	value, err := fetchEvidence(ctx, s.Snapshot, key)
	switch {
	case err == nil:
		s.evidence.Put(key, value)
	case errors.Is(err, mlflow.ErrNotFound):
		s.evidence.PutAbsent(key)
	case reconciler.FromMLflowError(err).ConnectionErr() != nil:
		return reconciler.ConnectionError(err)
	default:
		s.evidence.PutUnreadable(key, err.Error())
		if errors.Is(err, mlflow.ErrPermissionDenied) {
			s.denyEvidence(reconciler.FromMLflowError(err))
		}
	}
	return reconciler.Continue()
}

func fetchEvidence(ctx context.Context, snapshot *registrycache.Snapshot, key gate.Key) (any, error) {
	switch key.Kind {
	case gate.KindVersion:
		return snapshot.Reader().ModelVersion(ctx, key.Model, key.ID)
	case gate.KindRun:
		return snapshot.Reader().Run(ctx, key.ID)
	case gate.KindLoggedModel:
		return snapshot.Client().GetLoggedModel(ctx, key.ID)
	case gate.KindHistory:
		return snapshot.Client().GetMetricHistory(ctx, key.ID, key.MetricKey)
	case gate.KindApprovals, gate.KindIdentity:
	}
	return nil, fmt.Errorf("no way to read %s from MLflow", key)
}

func toGateStatuses(gateResult gate.Result) []v1alpha1.GateStatus {
	statuses := make([]v1alpha1.GateStatus, 0, len(gateResult.Gates))
	for _, g := range gateResult.Gates {
		statuses = append(statuses, g.Status())
	}
	return statuses
}

func toMetaTime(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return new(metav1.NewTime(t))
}
