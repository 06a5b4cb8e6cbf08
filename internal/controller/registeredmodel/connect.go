// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"fmt"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/connecting"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// connect takes the view of the registry that the model belongs to. After it, the
// connection is known to be ready.
func (r *Reconciler) connect(ctx context.Context, s *scope) outcome.Outcome {
	view, ended := r.connector().View(ctx, s.object)
	s.view = view
	return ended
}

// confirmView comes before every write. After it, the connection still leads to the
// server that the pass has looked at, and still allows the model there.
func (r *Reconciler) confirmView(ctx context.Context, s *scope) outcome.Outcome {
	return r.connector().Confirm(ctx, r.Reader, s.object, s.view, "the connection changed meanwhile")
}

func (r *Reconciler) connector() connecting.Connector {
	return connecting.Connector{Registry: r.Registry, Objects: r.Client}
}

// isEarly tells whether there is nothing to be said yet that is not said already.
func (r *Reconciler) isEarly(ctx context.Context, object *v1alpha1.RegisteredModel) bool {
	return object.Status.ObservedGeneration == object.Generation &&
		r.connector().IsUnsettled(ctx, object)
}

// resolveConflict gives way to an older object for the same model on the same server,
// through whichever connection either of them reaches it. After it, this object is the only one
// that may act.
func (r *Reconciler) resolveConflict(ctx context.Context, s *scope) outcome.Outcome {
	others, err := kube.ModelsNamed(ctx, r.Client, s.name)
	if err != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	var oldest *v1alpha1.RegisteredModel
	for i := range others {
		other := &others[i]
		rival, err := r.outranks(ctx, other, s.object, s.view.Server())
		if err != nil {
			return outcome.Retry(v1alpha1.ReasonProgressing, err)
		}
		if rival && (oldest == nil || kube.Older(other, oldest)) {
			oldest = other
		}
	}
	if oldest != nil {
		return conflict(oldest, s.name)
	}
	return outcome.Done()
}

// outranks tells whether another object has the older claim to a model on the server. One
// that its connection does not allow there has none: whoever may create objects in some
// namespace could keep others from their models.
func (r *Reconciler) outranks(ctx context.Context, other, own *v1alpha1.RegisteredModel, server string) (bool, error) {
	if other.UID == own.UID || !kube.Older(other, own) {
		return false, nil
	}
	theirs, err := r.connector().ServerOf(ctx, other)
	if err != nil || theirs != server {
		return false, err
	}
	return r.connector().Allows(ctx, other)
}

// resolved is how soon it is noticed that a conflict ended because the rival's
// connection was edited, or no longer allows the rival, which wakes nobody here.
const resolved = time.Minute

func conflict(older *v1alpha1.RegisteredModel, name string) outcome.Outcome {
	return outcome.Stall(v1alpha1.ReasonConflict, fmt.Sprintf(
		"RegisteredModel %s/%s is older and declares model %s on the same server: delete one of the two",
		older.Namespace, older.Name, name)).LookAgain(resolved)
}
