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

// resolveModel reads the RegisteredModel that modelRef names.
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

// authorizeSource runs before anything is read for a version. After it, the source is not a copy of
// a model that the connection denies to this namespace. A version that is registered remains.
func (r *Reconciler) authorizeSource(ctx context.Context, s *scope) reconciler.Result {
	return r.authorizeSourceWith(ctx, r.Client, s)
}

// authorizeSourceWith is authorizeSource with the policy that this client reads.
func (r *Reconciler) authorizeSourceWith(ctx context.Context, objects client.Reader, s *scope) reconciler.Result {
	copiedModel, isCopy := entities.ParseCopiedModel(s.Object.Spec.Source.URI)
	if !isCopy || s.versionNumber() != "" {
		return reconciler.Continue()
	}
	return r.newResolver().AuthorizeCopy(ctx, objects, s.model, copiedModel)
}

func (r *Reconciler) newResolver() modelref.Resolver {
	return modelref.Resolver{Registry: r.Registry, Objects: r.Client}
}

// waitForModel waits for the model. After it, the model in MLflow is as declared.
func (r *Reconciler) waitForModel(_ context.Context, s *scope) reconciler.Result {
	result := modelref.CheckModelReady(s.model)
	if !result.CanContinue() && modelref.IsModelReconciling(s.model) {
		// The status of the model will change, which triggers another reconcile.
		return result.KeepStatus()
	}
	return result
}

// observeModel finds the model in the snapshot. MLflow is read only if a reconcile was requested,
// or if the snapshot does not show the model.
func (r *Reconciler) observeModel(ctx context.Context, s *scope) reconciler.Result {
	model, isListed := s.Snapshot.Model(s.model.MLflowName())
	if isListed && !s.ReconcileRequested {
		s.mlflowModel = model
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

// revalidateModel runs before every write. After it, the model is still the one that was read from
// the cache, and the connection still leads to the same server and allows the model.
func (r *Reconciler) revalidateModel(ctx context.Context, s *scope) reconciler.Result {
	if result := modelref.RevalidateModel(ctx, r.APIReader, s.model, "the model was edited during the reconcile"); !result.CanContinue() {
		return result
	}
	return r.newResolver().Revalidate(ctx, r.APIReader, s.model, s.Snapshot, "the connection changed during the reconcile")
}

// checkOwnership checks that the owner tag of the model names the RegisteredModel.
func (r *Reconciler) checkOwnership(s *scope) reconciler.Result {
	return modelref.CheckOwnership(s.mlflowModel, s.model, r.InstanceID)
}

// checkRecreated checks that the model is still the one that the version was registered in. A
// version that no longer exists is not registered again: a person deleted it for a reason, and the
// new one would have another number.
func (r *Reconciler) checkRecreated(_ context.Context, s *scope) reconciler.Result {
	if s.versionNumber() == "" {
		return reconciler.Continue()
	}
	if int64(s.mlflowModel.CreationTimestamp) != s.Object.Status.ModelCreationTimestamp {
		return reconciler.Terminal(v1alpha1.ReasonVersionNotFound, fmt.Sprintf(
			"model %s was deleted in MLflow and created again, and version %s with it: %s",
			s.mlflowModel.Name, s.versionNumber(), registerAgainHint))
	}
	if s.isAlreadyReported(v1alpha1.ReasonVersionNotFound) {
		// MLflow gives no number twice.
		return versionDeleted(s)
	}
	return reconciler.Continue()
}

const registerAgainHint = "it is not registered again, create another ModelVersion for a new one"

func versionDeleted(s *scope) reconciler.Result {
	return reconciler.Terminal(v1alpha1.ReasonVersionNotFound, fmt.Sprintf(
		"version %s of model %s was deleted in MLflow: %s", s.versionNumber(), s.mlflowModel.Name, registerAgainHint))
}

// isAlreadyReported reports whether the status has this reason for the current spec, and no
// reconcile was requested since.
func (s *scope) isAlreadyReported(reason string) bool {
	registered := meta.FindStatusCondition(s.Before.Status.Conditions, v1alpha1.ConditionRegistered)
	return registered != nil && registered.Status == "False" && registered.Reason == reason &&
		registered.ObservedGeneration == s.Object.Generation && !s.ReconcileRequested
}

// verifyExists checks that the version exists and is READY. It is read if the model changed and the
// snapshot does not show the version. A deletion changes the timestamp of the model, so one request
// for each timestamp is enough.
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

// readVersion reads the version from MLflow.
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

// isRecreated reports whether a version has the same number and is not the same: the model was
// deleted and created again, and the snapshot does not show it yet.
func (s *scope) isRecreated(version *entities.ModelVersion) bool {
	known := s.Object.Status.VersionCreationTimestamp
	return known != 0 && known != int64(version.CreationTimestamp)
}

// maxStatusMessage is how much of MLflow's message fits into a sentence.
const maxStatusMessage = 200

func (r *Reconciler) checkReady(s *scope) reconciler.Result {
	switch s.mlflowVersion.Status {
	case entities.StatusReady:
		return reconciler.Continue()
	case entities.StatusPending:
		return reconciler.Waiting(v1alpha1.ReasonVersionNotReady, fmt.Sprintf(
			"version %s of model %s is still being registered (%s)",
			s.versionNumber(), s.mlflowModel.Name, entities.StatusPending), r.pendingRequeueAfter(s))
	default:
		return reconciler.Terminal(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf("version %s of model %s failed to be registered: %s",
			s.versionNumber(), s.mlflowModel.Name, failureMessage(s)))
	}
}

// failureMessage returns what MLflow reports of a version that can't be used, without credentials.
func failureMessage(s *scope) string {
	if message := sanitize.CleanText(s.mlflowVersion.StatusMessage, maxStatusMessage); message != "" && !isSourceRedacted(s.Object) {
		return message
	}
	return "its status is " + sanitize.CleanText(s.mlflowVersion.Status, maxStatusMessage)
}

// pendingRequeueAfter is when a version that is being registered is read again. If the snapshot
// shows the version, its change triggers a reconcile, and no delay is needed.
func (r *Reconciler) pendingRequeueAfter(s *scope) time.Duration {
	if s.listedVersion() != nil {
		return 0
	}
	return max(r.Registry.State(kubeutil.ConnectionKey(s.model)).EffectiveInterval, minRequeueInterval)
}

// minRequeueInterval is used if the connection has no poll interval yet.
const minRequeueInterval = 30 * time.Second

// verifiedCache remembers for each object the model's timestamp at which its version was last
// verified.
type verifiedCache struct {
	entries sync.Map // client.ObjectKey to verifiedEntry
}

// verifiedEntry is the timestamp of the model and the generation of the spec for which the version
// was verified.
type verifiedEntry struct {
	modelUpdated entities.Timestamp
	generation   int64
}

func (c *verifiedCache) isVerified(s *scope) bool {
	entry, found := c.entries.Load(client.ObjectKeyFromObject(s.Object))
	return found && entry == s.newVerifiedEntry()
}

// markVerified remembers a version that was read and needs no change.
func (r *Reconciler) markVerified(s *scope, result reconciler.Result) {
	if result.CanContinue() && s.mlflowVersion != nil && len(s.pendingChanges) == 0 {
		r.verified.entries.Store(client.ObjectKeyFromObject(s.Object), s.newVerifiedEntry())
	}
}

func (c *verifiedCache) deleteEntry(key client.ObjectKey) {
	c.entries.Delete(key)
}

func (s *scope) newVerifiedEntry() verifiedEntry {
	return verifiedEntry{modelUpdated: s.mlflowModel.LastUpdatedTimestamp, generation: s.Object.Generation}
}
