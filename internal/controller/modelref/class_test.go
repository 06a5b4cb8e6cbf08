// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"
	"errors"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/modelclass"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/envtest"
)

var errUnavailable = errors.New("no answer")

// newClassClient returns a client with these classes, or one whose requests fail.
func newClassClient(t *testing.T, fails bool, classes ...client.Object) client.Client {
	t.Helper()
	scheme, err := envtest.NewScheme()
	if err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(classes...).WithInterceptorFuncs(interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
			if fails {
				return errUnavailable
			}
			return c.Get(ctx, key, obj, opts...)
		},
	}).Build()
}

func newClass(generation int64, uid types.UID) *v1alpha1.ModelClass {
	c := builder.Class("standard").RequireTag("team", "nlp").Stages(builder.Stage("production")).Build()
	c.Generation, c.UID = generation, uid
	return c
}

func TestResolveClass(t *testing.T) {
	invalid := newClass(1, "a")
	invalid.Spec.Tags[0].Pattern = "("
	model := builder.RegisteredModel("sentiment").Class("standard").Tag("team", "nlp")
	for name, test := range map[string]struct {
		model  *builder.ModelBuilder
		class  *v1alpha1.ModelClass
		fails  bool
		want   string
		stages int
	}{
		"a model without a class reads none":  {model: builder.RegisteredModel("sentiment"), fails: true},
		"a class whose rules the model meets": {model: model, class: newClass(1, "a"), stages: 1},
		"a class whose rules the model violates": {
			model: builder.RegisteredModel("sentiment").Class("standard"), class: newClass(1, "a"), want: v1alpha1.ReasonInvalidSpec,
		},
		"a class that does not exist": {model: model, want: v1alpha1.ReasonReferenceNotFound},
		"an invalid class":            {model: model, class: invalid, want: v1alpha1.ReasonInvalidSpec},
		"a class that can't be read":  {model: model, class: newClass(1, "a"), fails: true, want: v1alpha1.ReasonProgressing},
	} {
		t.Run(name, func(t *testing.T) {
			var classes []client.Object
			if test.class != nil {
				classes = append(classes, test.class)
			}
			got, result := ResolveClass(t.Context(), newClassClient(t, test.fails, classes...), test.model.Build())
			if result.Reason != test.want || result.CanContinue() != (test.want == "") || len(got.Stages) != test.stages {
				t.Errorf("%d stages, %+v, want %d, %s", len(got.Stages), result, test.stages, test.want)
			}
			if _, err := result.ReconcileResult(); errors.Is(err, errUnavailable) != (test.want == v1alpha1.ReasonProgressing) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestRevalidateClass(t *testing.T) {
	read := modelclass.EffectiveSpec{Class: newClass(2, "a")}
	for name, test := range map[string]struct {
		read modelclass.EffectiveSpec
		now  *v1alpha1.ModelClass
		// fails is true if the API server does not answer.
		fails, want bool
	}{
		"the same class":                 {read: read, now: newClass(2, "a"), want: true},
		"an edited class":                {read: read, now: newClass(3, "a")},
		"a new class with the same name": {read: read, now: newClass(2, "b")},
		"a deleted class":                {read: read},
		"no answer":                      {read: read, now: newClass(2, "a"), fails: true},
		"a model without a class":        {fails: true, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			var classes []client.Object
			if test.now != nil {
				classes = append(classes, test.now)
			}
			result := RevalidateClass(t.Context(), newClassClient(t, test.fails, classes...), test.read)
			if result.CanContinue() != test.want || !test.want && result.Reason != v1alpha1.ReasonProgressing {
				t.Errorf("%+v, want that it continues: %t", result, test.want)
			}
		})
	}
}
