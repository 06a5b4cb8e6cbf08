// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kube

import (
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
)

// RequestedAt is the request to look at the object now; empty when nobody asked.
func RequestedAt(obj client.Object) string {
	requested := obj.GetAnnotations()[v1alpha1.ReconcileRequestedAtAnnotation]
	// What is longer than the receipt's bound is cut, so that it can be acknowledged; at
	// the border of a character, since half of one would not come back as it was written.
	return text.CutBytes(requested, 256)
}

// SpecOrRequest lets through what a person changed: the spec, or the request to look
// now. The status is our own writing and wakes nobody here.
func SpecOrRequest() builder.Predicates {
	requested := predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		return RequestedAt(e.ObjectOld) != RequestedAt(e.ObjectNew)
	}}
	return builder.WithPredicates(predicate.Or[client.Object](predicate.GenerationChangedPredicate{}, requested))
}
