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
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// recognize makes sure that the model is still the one that the version was registered in.
// A version that is gone is not registered again: whoever deleted it had a reason, and the
// next one would have another number.
func (r *Reconciler) recognize(_ context.Context, s *scope) outcome.Outcome {
	if s.number() == "" {
		return outcome.Done()
	}
	if int64(s.live.CreationTimestamp) != s.object.Status.ModelCreationTimestamp {
		return outcome.Stall(v1alpha1.ReasonVersionDeleted, fmt.Sprintf(
			"model %s was deleted in MLflow and created again, and version %s with it: %s", s.live.Name, s.number(), wayOut))
	}
	if s.saidBefore(v1alpha1.ReasonVersionDeleted) {
		// No number is given twice.
		return deleted(s)
	}
	return outcome.Done()
}

const wayOut = "it is not registered again, create another ModelVersion for another one"

func deleted(s *scope) outcome.Outcome {
	return outcome.Stall(v1alpha1.ReasonVersionDeleted, fmt.Sprintf(
		"version %s of model %s was deleted in MLflow: %s", s.number(), s.live.Name, wayOut))
}

// saidBefore tells whether the version was not registered for this reason already, for the
// same spec, and nobody asks to look again.
func (s *scope) saidBefore(reason string) bool {
	said := meta.FindStatusCondition(s.before.Conditions, v1alpha1.ConditionRegistered)
	return said != nil && said.Status == "False" && said.Reason == reason &&
		said.ObservedGeneration == s.object.Generation && !s.requested
}

// look makes sure that the version is there and READY. It is read where the model changed
// and the view does not show the version: a deletion moves the model's timestamp, so that
// one request for each of its values is enough.
func (r *Reconciler) look(ctx context.Context, s *scope) outcome.Outcome {
	if s.planned != "" {
		return outcome.Done()
	}
	if s.version == nil && !s.requested {
		s.version = s.listed()
	}
	if s.version == nil && !s.requested && r.seen.knows(s) {
		return outcome.Done()
	}
	if s.version == nil {
		if ended := r.readVersion(ctx, s); !ended.IsDone() {
			return ended
		}
	}
	return r.ready(s)
}

// readVersion gets the version from MLflow.
func (r *Reconciler) readVersion(ctx context.Context, s *scope) outcome.Outcome {
	version, err := s.view.Reader().ModelVersion(ctx, s.live.Name, s.number())
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return deleted(s)
	case err != nil:
		return outcome.Request(err)
	case s.isAnother(version):
		return deleted(s)
	}
	s.see(version)
	return outcome.Done()
}

// isAnother tells whether a version has the number of ours and is not ours: its model was
// deleted and created again, which the view does not show yet.
func (s *scope) isAnother(version *entities.ModelVersion) bool {
	known := s.object.Status.VersionCreationTimestamp
	return known != 0 && known != int64(version.CreationTimestamp)
}

// maxStatusMessage is as much of MLflow's own words as fits into a sentence.
const maxStatusMessage = 200

func (r *Reconciler) ready(s *scope) outcome.Outcome {
	switch s.version.Status {
	case entities.StatusReady:
		return outcome.Done()
	case entities.StatusPending:
		return outcome.Wait(v1alpha1.ReasonPending, fmt.Sprintf(
			"version %s of model %s is still being registered (%s)", s.number(), s.live.Name, entities.StatusPending), r.lookAgain(s))
	default:
		return outcome.Stall(v1alpha1.ReasonRegistrationFailed, fmt.Sprintf("version %s of model %s failed to be registered: %s",
			s.number(), s.live.Name, failure(s)))
	}
}

// failure is what MLflow says of a version that can't be used, without credentials.
func failure(s *scope) string {
	if message := text.Clean(s.version.StatusMessage, maxStatusMessage); message != "" && !hidesSomething(s.object) {
		return message
	}
	return "its status is " + text.Clean(s.version.Status, maxStatusMessage)
}

// lookAgain is when to look at a version that is being registered: never where the view
// shows it, since that wakes us.
func (r *Reconciler) lookAgain(s *scope) time.Duration {
	if s.listed() != nil {
		return 0
	}
	return max(r.Registry.State(kube.ConnectionKey(s.model)).EffectiveInterval, shortestLook)
}

// shortestLook is used where the connection tells no interval.
const shortestLook = 30 * time.Second

// seen remembers of each version what the model was like when all was well with it.
type seen struct {
	all sync.Map // client.ObjectKey to sight
}

// sight is the model's timestamp, and the spec for which the version was looked at.
type sight struct {
	updated    entities.Timestamp
	generation int64
}

func (k *seen) knows(s *scope) bool {
	last, found := k.all.Load(client.ObjectKeyFromObject(s.object))
	return found && last == s.sight()
}

// remember keeps a version in mind that was looked at, and of which nothing is left to do.
func (k *seen) remember(s *scope) {
	if s.version != nil && len(s.pending) == 0 {
		k.all.Store(client.ObjectKeyFromObject(s.object), s.sight())
	}
}

func (k *seen) forget(key client.ObjectKey) {
	k.all.Delete(key)
}

func (s *scope) sight() sight {
	return sight{updated: s.live.LastUpdatedTimestamp, generation: s.object.Generation}
}
