// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/modelref"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// resolveModel reads the RegisteredModel. After it, it is known which model is meant.
func (r *Reconciler) resolveModel(ctx context.Context, s *scope) reconciler.Result {
	model, result := modelref.GetModel(ctx, r.Client, s.Object, s.Object.Spec.ModelRef)
	s.model = model
	return result
}

// resolveConnection takes the snapshot of the registry that the model belongs to. After it, the
// connection is ready, and the namespace may use it for the model.
func (r *Reconciler) resolveConnection(ctx context.Context, s *scope) reconciler.Result {
	snapshot, result := r.newResolver().ResolveConnectionOrWait(ctx, s.model, s.HasCurrentStatus())
	s.Snapshot = snapshot
	return result
}

// authorizeSource comes before anything is read for a version. After it, what is to be
// registered is no copy of a model that the connection does not allow here. What was
// registered once stays what it is.
func (r *Reconciler) authorizeSource(ctx context.Context, s *scope) reconciler.Result {
	return r.authorizeSourceWith(ctx, r.Client, s)
}

// authorizeSourceWith is authorizeSource with the rules of whoever is asked.
func (r *Reconciler) authorizeSourceWith(ctx context.Context, objects client.Reader, s *scope) reconciler.Result {
	copied, isCopy := entities.ParseCopiedModel(s.Object.Spec.Source.URI)
	if !isCopy || s.versionNumber() != "" {
		return reconciler.Continue()
	}
	return r.newResolver().AuthorizeCopy(ctx, objects, s.model, copied)
}

func (r *Reconciler) newResolver() modelref.Resolver {
	return modelref.Resolver{Registry: r.Registry, Objects: r.Client}
}

// waitForModel waits for the model. After it, the model in MLflow is known to be as declared.
func (r *Reconciler) waitForModel(_ context.Context, s *scope) reconciler.Result {
	result := modelref.CheckModelReady(s.model)
	if !result.CanContinue() && modelref.IsModelReconciling(s.model) {
		// The status of the model will change, which triggers another reconcile.
		return result.KeepStatus()
	}
	return result
}

// observeModel finds the model in the view. MLflow itself is asked only where somebody wants it,
// or where the view does not show the model.
func (r *Reconciler) observeModel(ctx context.Context, s *scope) reconciler.Result {
	live, listed := s.Snapshot.Model(s.model.MLflowName())
	if listed && !s.ReconcileRequested {
		s.mlflowModel = live
		return reconciler.Continue()
	}
	return r.readModel(ctx, s)
}

// readModel reads the model from MLflow. If that fails, the scope keeps the model that it has.
func (r *Reconciler) readModel(ctx context.Context, s *scope) reconciler.Result {
	model, result := modelref.ReadMLflowModel(ctx, s.Snapshot, s.model.MLflowName())
	if result.CanContinue() {
		s.setModel(model)
	}
	return result
}

// revalidateModel asks the API server whether the model is still what the pass has read from
// the cache, and makes sure that the connection still leads to where the pass has looked, and
// still allows the model there.
func (r *Reconciler) revalidateModel(ctx context.Context, s *scope) reconciler.Result {
	if result := modelref.RevalidateModel(ctx, r.APIReader, s.model, "the model was edited meanwhile"); !result.CanContinue() {
		return result
	}
	return r.newResolver().Revalidate(ctx, r.APIReader, s.model, s.Snapshot, "the connection changed meanwhile")
}

// checkOwnership checks that the owner tag of the model names the RegisteredModel.
func (r *Reconciler) checkOwnership(s *scope) reconciler.Result {
	return modelref.CheckOwnership(s.mlflowModel, s.model, r.InstanceID)
}

// checkRecreated makes sure that the model is still the one that the version was registered in.
// A version that is gone is not registered again: whoever deleted it had a reason, and the
// next one would have another number.
func (r *Reconciler) checkRecreated(_ context.Context, s *scope) reconciler.Result {
	if s.versionNumber() == "" {
		return reconciler.Continue()
	}
	if int64(s.mlflowModel.CreationTimestamp) != s.Object.Status.ModelCreationTimestamp {
		return reconciler.Terminal(v1alpha1.ReasonVersionNotFound, fmt.Sprintf(
			"model %s was deleted in MLflow and created again, and version %s with it: %s", s.mlflowModel.Name, s.versionNumber(), registerAgainHint))
	}
	if s.isAlreadyReported(v1alpha1.ReasonVersionNotFound) {
		// No number is given twice.
		return versionDeleted(s)
	}
	return reconciler.Continue()
}

const registerAgainHint = "it is not registered again, create another ModelVersion for another one"

func versionDeleted(s *scope) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonVersionNotFound, fmt.Sprintf(
		"version %s of model %s was deleted in MLflow: %s", s.versionNumber(), s.mlflowModel.Name, registerAgainHint))
}

// isAlreadyReported tells whether the version was not registered for this reason already, for the
// same spec, and nobody asks to look again.
func (s *scope) isAlreadyReported(reason string) bool {
	said := meta.FindStatusCondition(s.Before.Status.Conditions, v1alpha1.ConditionRegistered)
	return said != nil && said.Status == "False" && said.Reason == reason &&
		said.ObservedGeneration == s.Object.Generation && !s.ReconcileRequested
}

// verifyExists makes sure that the version is there and READY. It is read where the model changed
// and the view does not show the version: a deletion moves the model's timestamp, so that
// one request for each of its values is enough.
func (r *Reconciler) verifyExists(ctx context.Context, s *scope) reconciler.Result {
	if s.plannedSource != "" {
		return reconciler.Continue()
	}
	if s.mlflowVersion == nil && !s.ReconcileRequested {
		s.mlflowVersion = s.listedVersion()
	}
	if s.mlflowVersion == nil && !s.ReconcileRequested && r.verified.isVerified(s) {
		return reconciler.Continue()
	}
	if s.mlflowVersion == nil {
		if result := r.readVersion(ctx, s); !result.CanContinue() {
			return result
		}
	}
	return r.checkReady(s)
}

// readVersion gets the version from MLflow.
func (r *Reconciler) readVersion(ctx context.Context, s *scope) reconciler.Result {
	version, err := s.Snapshot.Reader().ModelVersion(ctx, s.mlflowModel.Name, s.versionNumber())
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return versionDeleted(s)
	case err != nil:
		return reconciler.FromMLflowError(err)
	case s.isRecreated(version):
		return versionDeleted(s)
	}
	s.setVersion(version)
	return reconciler.Continue()
}

// isRecreated tells whether a version has the number of ours and is not ours: its model was
// deleted and created again, which the view does not show yet.
func (s *scope) isRecreated(version *entities.ModelVersion) bool {
	known := s.Object.Status.VersionCreationTimestamp
	return known != 0 && known != int64(version.CreationTimestamp)
}

// maxStatusMessage is as much of MLflow's own words as fits into a sentence.
const maxStatusMessage = 200

func (r *Reconciler) checkReady(s *scope) reconciler.Result {
	switch s.mlflowVersion.Status {
	case entities.StatusReady:
		return reconciler.Continue()
	case entities.StatusPending:
		return reconciler.Waiting(v1alpha1.ReasonVersionNotReady, fmt.Sprintf(
			"version %s of model %s is still being registered (%s)", s.versionNumber(), s.mlflowModel.Name, entities.StatusPending), r.pendingRequeueAfter(s))
	default:
		return reconciler.Terminal(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf("version %s of model %s failed to be registered: %s",
			s.versionNumber(), s.mlflowModel.Name, failureMessage(s)))
	}
}

// failureMessage is what MLflow says of a version that can't be used, without credentials.
func failureMessage(s *scope) string {
	if message := sanitize.CleanText(s.mlflowVersion.StatusMessage, maxStatusMessage); message != "" && !isSourceRedacted(s.Object) {
		return message
	}
	return "its status is " + sanitize.CleanText(s.mlflowVersion.Status, maxStatusMessage)
}

// pendingRequeueAfter is when to look at a version that is being registered: never where the view
// shows it, since that wakes us.
func (r *Reconciler) pendingRequeueAfter(s *scope) time.Duration {
	if s.listedVersion() != nil {
		return 0
	}
	return max(r.Registry.State(kubeutil.ConnectionKey(s.model)).EffectiveInterval, minRequeueInterval)
}

// minRequeueInterval is used where the connection tells no interval.
const minRequeueInterval = 30 * time.Second

// verifiedCache remembers of each version what the model was like when all was well with it.
type verifiedCache struct {
	entries sync.Map // client.ObjectKey to sight
}

// verifiedEntry is the model's timestamp, and the spec for which the version was looked at.
type verifiedEntry struct {
	modelUpdated entities.Timestamp
	generation   int64
}

func (k *verifiedCache) isVerified(s *scope) bool {
	last, found := k.entries.Load(client.ObjectKeyFromObject(s.Object))
	return found && last == s.newVerifiedEntry()
}

// markVerified remembers a version that was checked and needs no change.
func (r *Reconciler) markVerified(s *scope, result reconciler.Result) {
	if result.CanContinue() && s.mlflowVersion != nil && len(s.pendingChanges) == 0 {
		r.verified.entries.Store(client.ObjectKeyFromObject(s.Object), s.newVerifiedEntry())
	}
}

func (k *verifiedCache) deleteEntry(key client.ObjectKey) {
	k.entries.Delete(key)
}

func (s *scope) newVerifiedEntry() verifiedEntry {
	return verifiedEntry{modelUpdated: s.mlflowModel.LastUpdatedTimestamp, generation: s.Object.Generation}
}
