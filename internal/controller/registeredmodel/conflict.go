// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registeredmodel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
)

// resolveConflict gives way to another object for the same model on the same server, through
// whichever connection either of them reaches it. After it, this object is the only one that
// may act.
func (r *Reconciler) resolveConflict(ctx context.Context, s *scope) reconciler.Result {
	claimants, err := r.listClaimants(ctx, s)
	if err != nil {
		return reconciler.RetryableError(v1alpha1.ReasonProgressing, err)
	}
	if hasSharedAndLocal(claimants) {
		owner, err := readOwner(ctx, s)
		if err != nil {
			return reconciler.FromMLflowError(err)
		}
		claimants = r.eligibleClaimants(claimants, owner)
	}
	if first := findOldest(claimants); first.UID != s.Object.UID {
		return newConflict(s.Object, first)
	}
	return reconciler.Continue()
}

// listClaimants are the objects that declare the model on the server, this one among them.
func (r *Reconciler) listClaimants(ctx context.Context, s *scope) ([]v1alpha1.RegisteredModel, error) {
	named, err := kubeutil.ListModelsByMLflowName(ctx, r.Client, s.modelName)
	if err != nil {
		return nil, err
	}
	all := []v1alpha1.RegisteredModel{*s.Object}
	for i := range named {
		if named[i].UID == s.Object.UID {
			continue
		}
		claims, err := r.isClaimant(ctx, &named[i], s.Snapshot.ServerID())
		if err != nil {
			return nil, err
		}
		if claims {
			all = append(all, named[i])
		}
	}
	return all, nil
}

// isClaimant tells whether an object is for the server and may be there. One that its connection
// does not allow there has no claim: whoever may create objects in some namespace could keep
// others from their models.
func (r *Reconciler) isClaimant(ctx context.Context, object *v1alpha1.RegisteredModel, server string) (bool, error) {
	theirs, err := r.newResolver().GetServerID(ctx, object)
	if err != nil || theirs != server {
		return false, err
	}
	return r.newResolver().IsAuthorized(ctx, object)
}

// hasSharedAndLocal tells whether some of the objects are on a connection that is shared, and some on
// one of their namespace.
func hasSharedAndLocal(claimants []v1alpha1.RegisteredModel) bool {
	return slices.ContainsFunc(claimants, isOnSharedConnection) && slices.ContainsFunc(claimants, isOnLocalConnection)
}

func isOnSharedConnection(object v1alpha1.RegisteredModel) bool {
	return registrycache.IsShared(kubeutil.ConnectionKey(&object))
}

// isOnLocalConnection tells whether an object is on a connection that somebody in its namespace
// made: to name a server in it proves nothing.
func isOnLocalConnection(object v1alpha1.RegisteredModel) bool {
	return kubeutil.ConnectionKey(&object).Namespace != ""
}

// readOwner is the mark that the model carries in MLflow itself: whoever has rivals must not
// go by what was seen a while ago, or two of them might take themselves for the first. It is
// empty where the model is not there, or not for the connection's account to read.
func readOwner(ctx context.Context, s *scope) (ownership.Owner, error) {
	live, err := s.Snapshot.Reader().RegisteredModel(ctx, s.modelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound), errors.Is(err, mlflow.ErrPermissionDenied):
		return "", nil
	case err != nil:
		return "", err
	}
	return ownership.OwnerOf(live), nil
}

// eligibleClaimants are the objects whose claims count beside a connection that is shared: an object on
// a connection of its namespace is heard only if the model carries its mark, which takes an
// account that may write it.
func (r *Reconciler) eligibleClaimants(claimants []v1alpha1.RegisteredModel, owner ownership.Owner) []v1alpha1.RegisteredModel {
	return slices.DeleteFunc(claimants, func(object v1alpha1.RegisteredModel) bool {
		return isOnLocalConnection(object) && ownership.NewOwner(r.InstanceID, &object) != owner
	})
}

// findOldest is the object that was there first.
func findOldest(claimants []v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel {
	first := &claimants[0]
	for i := range claimants {
		if kubeutil.CreatedBefore(&claimants[i], first) {
			first = &claimants[i]
		}
	}
	return first
}

// conflictRequeueAfter is how soon it is noticed that a conflict ended because the rival's
// connection was edited, or no longer allows the rival, which wakes nobody here.
const conflictRequeueAfter = time.Minute

func newConflict(own, first *v1alpha1.RegisteredModel) reconciler.Result {
	why := "is older and declares model %s on the same server: delete one of the two"
	if kubeutil.CreatedBefore(own, first) {
		why = "declares model %s on the same server, through a ClusterMLflowConnection, and the model does not carry the mark of " +
			"this object: delete one of the two"
	}
	return reconciler.Terminal(v1alpha1.ReasonConflict, fmt.Sprintf("RegisteredModel %s/%s "+why,
		first.Namespace, first.Name, own.MLflowName())).WithRequeueAfter(conflictRequeueAfter)
}
