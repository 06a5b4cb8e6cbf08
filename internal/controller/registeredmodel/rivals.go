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
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
	"github.com/neuronews/mlflow-registry-operator/internal/ownership"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
)

// resolveConflict gives way to another object for the same model on the same server, through
// whichever connection either of them reaches it. After it, this object is the only one that
// may act.
func (r *Reconciler) resolveConflict(ctx context.Context, s *scope) outcome.Outcome {
	claimants, err := r.claimants(ctx, s)
	if err != nil {
		return outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	if isMixed(claimants) {
		mark, err := markNow(ctx, s)
		if err != nil {
			return outcome.Request(err)
		}
		claimants = r.heard(claimants, mark)
	}
	if first := oldest(claimants); first.UID != s.object.UID {
		return conflict(s.object, first)
	}
	return outcome.Done()
}

// claimants are the objects that declare the model on the server, this one among them.
func (r *Reconciler) claimants(ctx context.Context, s *scope) ([]v1alpha1.RegisteredModel, error) {
	named, err := kube.ModelsNamed(ctx, r.Client, s.name)
	if err != nil {
		return nil, err
	}
	all := []v1alpha1.RegisteredModel{*s.object}
	for i := range named {
		if named[i].UID == s.object.UID {
			continue
		}
		claims, err := r.claims(ctx, &named[i], s.view.Server())
		if err != nil {
			return nil, err
		}
		if claims {
			all = append(all, named[i])
		}
	}
	return all, nil
}

// claims tells whether an object is for the server and may be there. One that its connection
// does not allow there has no claim: whoever may create objects in some namespace could keep
// others from their models.
func (r *Reconciler) claims(ctx context.Context, object *v1alpha1.RegisteredModel, server string) (bool, error) {
	theirs, err := r.connector().ServerOf(ctx, object)
	if err != nil || theirs != server {
		return false, err
	}
	return r.connector().Allows(ctx, object)
}

// isMixed tells whether some of the objects are on a connection that is shared, and some on
// one of their namespace.
func isMixed(claimants []v1alpha1.RegisteredModel) bool {
	return slices.ContainsFunc(claimants, isShared) && slices.ContainsFunc(claimants, isOfNamespace)
}

func isShared(object v1alpha1.RegisteredModel) bool {
	return registry.IsShared(kube.ConnectionKey(&object))
}

// isOfNamespace tells whether an object is on a connection that somebody in its namespace
// made: to name a server in it proves nothing.
func isOfNamespace(object v1alpha1.RegisteredModel) bool {
	return kube.ConnectionKey(&object).Namespace != ""
}

// markNow is the mark that the model carries in MLflow itself: whoever has rivals must not
// go by what was seen a while ago, or two of them might take themselves for the first. It is
// empty where the model is not there, or not for the connection's account to read.
func markNow(ctx context.Context, s *scope) (ownership.Mark, error) {
	live, err := s.view.Reader().RegisteredModel(ctx, s.name)
	switch {
	case errors.Is(err, mlflow.ErrNotFound), errors.Is(err, mlflow.ErrPermissionDenied):
		return "", nil
	case err != nil:
		return "", err
	}
	return ownership.Of(live), nil
}

// heard are the objects whose claims count beside a connection that is shared: an object on
// a connection of its namespace is heard only if the model carries its mark, which takes an
// account that may write it.
func (r *Reconciler) heard(claimants []v1alpha1.RegisteredModel, mark ownership.Mark) []v1alpha1.RegisteredModel {
	return slices.DeleteFunc(claimants, func(object v1alpha1.RegisteredModel) bool {
		return isOfNamespace(object) && ownership.NewMark(r.Instance, &object) != mark
	})
}

// oldest is the object that was there first.
func oldest(claimants []v1alpha1.RegisteredModel) *v1alpha1.RegisteredModel {
	first := &claimants[0]
	for i := range claimants {
		if kube.Older(&claimants[i], first) {
			first = &claimants[i]
		}
	}
	return first
}

// resolved is how soon it is noticed that a conflict ended because the rival's
// connection was edited, or no longer allows the rival, which wakes nobody here.
const resolved = time.Minute

func conflict(own, first *v1alpha1.RegisteredModel) outcome.Outcome {
	why := "is older and declares model %s on the same server: delete one of the two"
	if kube.Older(own, first) {
		why = "declares model %s on the same server, through a ClusterMLflowConnection, and the model does not carry the mark of " +
			"this object: delete one of the two"
	}
	return outcome.Stall(v1alpha1.ReasonConflict, fmt.Sprintf("RegisteredModel %s/%s "+why,
		first.Namespace, first.Name, own.MLflowName())).LookAgain(resolved)
}
