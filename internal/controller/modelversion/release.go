// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelversion

import (
	"cmp"
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/telling"
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/outcome"
)

// release does with the version of an object that is being deleted what its deletionPolicy
// says, and lets the object go. What it waits for it says in a condition.
func (r *Reconciler) release(ctx context.Context, s *scope) (ctrl.Result, error) {
	if !kube.IsHeld(s.object) {
		return ctrl.Result{}, nil
	}
	ended := r.dispose(ctx, s)
	if ended.IsDone() {
		return r.letGo(ctx, s)
	}
	defer s.wake(ended)
	if err := r.finish(ctx, s, leaving(s, telling.DeletionWaits(ended, "the version"))); err != nil {
		return kube.Unwritten(err)
	}
	if err := ended.Blamed(); err != nil && s.view != nil {
		s.view.Blame(err)
	}
	return ended.Result()
}

// letGo removes the finalizer, and tells what was done.
func (r *Reconciler) letGo(ctx context.Context, s *scope) (ctrl.Result, error) {
	if s.noted {
		defer s.view.Wake(s.live.Name, "")
	}
	if err := kube.EnsureFinalizer(ctx, r.Client, s.object, false); err != nil {
		return kube.Unwritten(err)
	}
	kube.Emit(r.Recorder, s.object, s.events)
	return ctrl.Result{}, nil
}

// dispose does what deletionPolicy says. After it, nothing keeps the object.
func (r *Reconciler) dispose(ctx context.Context, s *scope) outcome.Outcome {
	switch {
	case s.object.IsRetained():
		return outcome.Done()
	case s.number() == "" && s.object.Status.Registering == nil:
		return outcome.Done()
	case kube.IsAbandoned(s.object):
		s.happened(left(s, "the annotation "+v1alpha1.AbandonAnnotation+" says so"))
		return outcome.Done()
	case ptr.Deref(s.object.Spec.Suspend, false):
		return outcome.Wait(v1alpha1.ReasonSuspended, "spec.suspend is true: set it to false to go on", 0)
	}
	for _, step := range []func(context.Context, *scope) (bool, outcome.Outcome){
		r.findModel, r.findView, r.findLive, r.confirm, r.findVersion, r.disposeOf,
	} {
		if on, ended := step(ctx, s); !on || !ended.IsDone() {
			return ended
		}
	}
	return outcome.Done()
}

// findModel reads the RegisteredModel, which may be gone already: whoever deletes a folder
// deletes all of it at once. It tells whether there is more to do.
func (r *Reconciler) findModel(ctx context.Context, s *scope) (bool, outcome.Outcome) {
	if why := whyUnwritten(nil, s.switches); why != "" {
		s.happened(left(s, why))
		return false, outcome.Done()
	}
	var model v1alpha1.RegisteredModel
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: string(s.object.Spec.ModelRef.Name)}
	err := r.Get(ctx, key, &model)
	switch {
	case apierrors.IsNotFound(err):
		return true, outcome.Done()
	case err != nil:
		return false, outcome.Retry(v1alpha1.ReasonProgressing, err)
	case whyUnwritten(&model, s.switches) != "":
		s.happened(left(s, whyUnwritten(&model, s.switches)))
		return false, outcome.Done()
	case ptr.Deref(model.Spec.Suspend, false):
		return false, outcome.Wait(v1alpha1.ReasonModelNotReady, fmt.Sprintf("RegisteredModel %s is suspended", model.Name), telling.Patience)
	}
	s.model = &model
	return true, outcome.Done()
}

// findView takes the view of the registry that the version was registered in, as far as the
// connection still allows it. Where the connection is gone, too, nobody knows how to get
// there, and the object goes: else it would hold up its namespace.
func (r *Reconciler) findView(ctx context.Context, s *scope) (bool, outcome.Outcome) {
	there := registeredIn(s)
	gone, err := r.connector().IsGone(ctx, there)
	if err != nil {
		return false, outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	if gone {
		ref := there.Spec.ConnectionRef
		s.happened(left(s, fmt.Sprintf("there is no %s %s any more", cmp.Or(ref.Kind, v1alpha1.ConnectionKindNamespaced), ref.Name)))
		return false, outcome.Done()
	}
	view, ended := r.connector().View(ctx, there)
	if !ended.IsDone() {
		return false, outcome.Wait(ended.Reason, ended.Message, telling.Patience)
	}
	s.view = view
	return true, outcome.Done()
}

// confirm asks the API server itself. After it, the object is still what the pass has read, and
// so is the way to its version, and it is known what the promotions of the model are doing.
func (r *Reconciler) confirm(ctx context.Context, s *scope) (bool, outcome.Outcome) {
	if ended := telling.Confirm(ctx, r.Reader, s.object, "the object was edited meanwhile"); !ended.IsDone() {
		return false, ended
	}
	if ended := r.confirmWay(ctx, s); !ended.IsDone() {
		return false, ended
	}
	key := types.NamespacedName{Namespace: s.object.Namespace, Name: string(s.object.Spec.ModelRef.Name)}
	promotions, err := kube.PromotionsNow(ctx, r.Reader, key)
	if err != nil {
		return false, outcome.Retry(v1alpha1.ReasonProgressing, err)
	}
	s.promotions = promotions
	return true, outcome.Done()
}

// confirmWay comes before what is done for a deletion. After it, the connection still leads
// to where the pass has looked, and still allows the model there.
func (r *Reconciler) confirmWay(ctx context.Context, s *scope) outcome.Outcome {
	ended := r.connector().Confirm(ctx, r.Reader, registeredIn(s), s.view, "the connection changed meanwhile")
	if ended.IsDone() || ended.Reason == v1alpha1.ReasonProgressing {
		return ended
	}
	return outcome.Wait(ended.Reason, ended.Message, telling.Patience)
}

// registeredIn is the model as it was when the version was registered: on that connection,
// under that name. Its RegisteredModel may be gone, or be another one by now.
func registeredIn(s *scope) *v1alpha1.RegisteredModel {
	model := &v1alpha1.RegisteredModel{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.object.Namespace, Name: string(s.object.Spec.ModelRef.Name)},
	}
	if s.model != nil {
		model = s.model.DeepCopy()
	}
	model.Spec.ConnectionRef = s.object.Status.Connection
	model.Spec.ModelName = s.object.Status.ModelName
	return model
}
