// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package modelclass is the controller of ModelClasses: it reports whether models can inherit from a
// class.
//
// It does not use reconciler.Loop: a class has no finalizer, suspension, phases or connection, and ten
// lines remain.
package modelclass

import (
	"context"

	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/condition"
	"github.com/neuronews/mlflow-registry-operator/internal/consistentclient"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/modelclass"
	"github.com/neuronews/mlflow-registry-operator/internal/workqueue"
)

// Reconciler reconciles ModelClasses. It sends no request to MLflow, and models do not wait for it:
// their own reconciles read the class.
type Reconciler struct {
	client.Client
}

// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelclasses,verbs=get;list;watch
// +kubebuilder:rbac:groups=registry.mlflow-operator.io,resources=modelclasses/status,verbs=get;patch

// Reconcile validates one class and reports the result in its status.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var class v1alpha1.ModelClass
	if err := r.Get(ctx, req.NamespacedName, &class, consistentclient.RequireFresh); err != nil {
		return kubeutil.IgnoreConflict(err)
	}
	status := buildStatus(&class)
	if !class.DeletionTimestamp.IsZero() || equality.Semantic.DeepEqual(class.Status, status) {
		return ctrl.Result{}, nil
	}
	class.Status = status
	return kubeutil.IgnoreConflict(kubeutil.ApplyStatusIfCurrent(ctx, r.Client, &class))
}

func buildStatus(class *v1alpha1.ModelClass) v1alpha1.ModelClassStatus {
	set := condition.New(class.Generation, class.Status.Conditions)
	if violations := modelclass.Validate(class); len(violations) > 0 {
		reconciler.Terminal(v1alpha1.ReasonInvalidSpec, modelclass.DescribeViolations(violations)).SetSummary(set)
	} else {
		set.MarkTrue(v1alpha1.ConditionReady, v1alpha1.ReasonSucceeded, "models can name this class in className")
	}
	return v1alpha1.ModelClassStatus{
		Conditions:             set.List(),
		ObservedGeneration:     class.Generation,
		LastHandledReconcileAt: kubeutil.ReconcileRequestedAt(class),
	}
}

// SetupWithManager watches classes.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager, options controller.Options) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("modelclass").
		WithOptions(options).
		For(&v1alpha1.ModelClass{}, builder.WithPredicates(kubeutil.CreateOrDelete)).
		Watches(&v1alpha1.ModelClass{}, workqueue.EnqueueWithPriority(workqueue.ObjectRequest, workqueue.AlwaysHighPriority),
			builder.WithPredicates(kubeutil.SpecOrAnnotationChanged)).
		Complete(r)
}
