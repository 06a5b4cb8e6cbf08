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

// resolveConflict yields to another object that declares the same model on the same server, through
// any connection. After it, this object is the only one that may write to the model.
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

// listClaimants returns the objects that declare the model on the server, including this one.
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
		isClaimant, err := r.isClaimant(ctx, &named[i], s.Snapshot.ServerID())
		if err != nil {
			return nil, err
		}
		if isClaimant {
			all = append(all, named[i])
		}
	}
	return all, nil
}

// isClaimant reports whether an object is for the server and may use its connection. An object that
// its connection denies has no claim. Otherwise a user who can create objects in any namespace
// could block the models of others.
func (r *Reconciler) isClaimant(ctx context.Context, object *v1alpha1.RegisteredModel, server string) (bool, error) {
	serverID, err := r.newResolver().GetServerID(ctx, object)
	if err != nil || serverID != server {
		return false, err
	}
	return r.newResolver().IsAuthorized(ctx, object)
}

// hasSharedAndLocal reports whether some of the objects use a shared connection, and some a
// connection of their namespace.
func hasSharedAndLocal(claimants []v1alpha1.RegisteredModel) bool {
	return slices.ContainsFunc(claimants, isOnSharedConnection) && slices.ContainsFunc(claimants, isOnLocalConnection)
}

func isOnSharedConnection(object v1alpha1.RegisteredModel) bool {
	return registrycache.IsShared(kubeutil.ConnectionKey(&object))
}

// isOnLocalConnection reports whether an object uses a connection that was made in its namespace: a
// server that is named there proves nothing.
func isOnLocalConnection(object v1alpha1.RegisteredModel) bool {
	return kubeutil.ConnectionKey(&object).Namespace != ""
}

// readOwner reads the owner tag of the model from MLflow. Objects in a conflict must not use an old
// snapshot, or two of them could both come first. The tag is empty if the model does not exist, or
// if the account of the connection may not read it.
func readOwner(ctx context.Context, s *scope) (ownership.Owner, error) {
	model, err := s.Snapshot.Reader().RegisteredModel(ctx, s.modelName)
	switch {
	case errors.Is(err, mlflow.ErrNotFound), errors.Is(err, mlflow.ErrPermissionDenied):
		return "", nil
	case err != nil:
		return "", err
	}
	return ownership.OwnerOf(model), nil
}

// eligibleClaimants returns the objects whose claims count beside a shared connection: an object on
// a connection of its namespace counts only if the model has its owner tag, which takes an account
// that may write to the model.
func (r *Reconciler) eligibleClaimants(claimants []v1alpha1.RegisteredModel, owner ownership.Owner) []v1alpha1.RegisteredModel {
	return slices.DeleteFunc(claimants, func(object v1alpha1.RegisteredModel) bool {
		return isOnLocalConnection(object) && ownership.NewOwner(r.InstanceID, &object) != owner
	})
}

// findOldest returns the object that was created first.
func findOldest(claimants []v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel {
	first := &claimants[0]
	for i := range claimants {
		if kubeutil.CreatedBefore(&claimants[i], first) {
			first = &claimants[i]
		}
	}
	return first
}

// conflictRequeueAfter is how soon the end of a conflict is noticed if the connection of the other
// object was edited, or denies that object now: neither triggers a reconcile here.
const conflictRequeueAfter = time.Minute

func newConflict(own, first *v1alpha1.RegisteredModel) reconciler.Result {
	claim := "is older and declares model %s on the same server: delete one of the two"
	if kubeutil.CreatedBefore(own, first) {
		claim = "declares model %s on the same server, through a ClusterMLflowConnection, and the model does not have the owner tag of " +
			"this object: delete one of the two"
	}
	return reconciler.Terminal(v1alpha1.ReasonConflict, fmt.Sprintf("RegisteredModel %s/%s "+claim,
		first.Namespace, first.Name, own.MLflowName())).WithRequeueAfter(conflictRequeueAfter)
}
