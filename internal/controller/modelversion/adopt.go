// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// adopt takes a version that exists, where one is meant. After it, it is known which
// artifact it is. Nothing is written to MLflow.
func (r *Reconciler) adopt(ctx context.Context, s *scope) outcome.Outcome {
	wanted := s.object.Spec.Source.Version
	if wanted == "" {
		return outcome.Done()
	}
	if ended := r.resolveRivals(ctx, s); !ended.IsDone() || s.number() != "" {
		return ended
	}
	version, err := s.view.Reader().ModelVersion(ctx, s.live.Name, string(wanted))
	switch {
	case errors.Is(err, mlflow.ErrNotFound):
		return outcome.Stall(v1alpha1.ReasonSourceNotFound, fmt.Sprintf(
			"model %s has no version %s: register it, or name another one in another ModelVersion", s.live.Name, wanted))
	case err != nil:
		return outcome.Request(err)
	}
	// The view may be of a model that was created again meanwhile.
	if ended := r.readModel(ctx, s); !ended.IsDone() {
		return ended
	}
	takeVersion(s, version)
	s.happened(adopted(s))
	return outcome.Done()
}

// resolved is how soon the end of a conflict is noticed.
const resolved = time.Minute

// resolveRivals leaves a version to the object that registered it, or to the oldest of
// those that adopt it: two of them would write its tags in turn.
func (r *Reconciler) resolveRivals(ctx context.Context, s *scope) outcome.Outcome {
	siblings, err := kube.VersionsOf(ctx, r.Client, client.ObjectKeyFromObject(s.model))
	if err != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	if rival := rivalOf(s.object, siblings); rival != nil {
		return outcome.Stall(v1alpha1.ReasonConflict, fmt.Sprintf(
			"ModelVersion %s stands for version %s of the same model already: delete one of the two",
			rival.Name, s.object.Spec.Source.Version)).LookAgain(resolved)
	}
	return outcome.Done()
}

// rivalOf is the object that has the better claim to the version that own adopts; of
// several, the oldest.
func rivalOf(own *v1alpha1.ModelVersion, siblings []v1alpha1.ModelVersion) *v1alpha1.ModelVersion {
	var oldest *v1alpha1.ModelVersion
	for i := range siblings {
		other := &siblings[i]
		if other.UID != own.UID && outranks(other, own) && (oldest == nil || kube.Older(other, oldest)) {
			oldest = other
		}
	}
	return oldest
}

func outranks(other, own *v1alpha1.ModelVersion) bool {
	wanted := own.Spec.Source.Version
	if other.Spec.Source.Adopts() {
		return other.Spec.Source.Version == wanted && kube.Older(other, own)
	}
	return other.Status.Version == wanted
}
