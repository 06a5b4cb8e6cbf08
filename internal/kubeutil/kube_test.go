// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func newClient(t *testing.T, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme).WithTypeConverters(managedfields.NewDeducedTypeConverter()).
		WithStatusSubresource(&v1alpha1.ModelPromotion{}).WithObjects(objects...)
	if err := SetupIndexes(t.Context(), indexer{b}); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

type indexer struct{ *fake.ClientBuilder }

func (i indexer) IndexField(_ context.Context, obj client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(obj, field, values)
	return nil
}

func TestCreatedBefore(t *testing.T) {
	at := func(seconds int, namespace, name string) *v1alpha1.ModelPromotion {
		p := builder.Promotion(name).Namespace(namespace).Build()
		p.CreationTimestamp = metav1.NewTime(time.Date(2026, 5, 3, 12, 0, seconds, 0, time.UTC))
		return p
	}
	for name, test := range map[string]struct {
		a, b *v1alpha1.ModelPromotion
		want bool
	}{
		"created before":                 {at(1, "z", "z"), at(2, "a", "a"), true},
		"created after":                  {at(2, "a", "a"), at(1, "z", "z"), false},
		"at once: the namespace decides": {at(1, "a", "z"), at(1, "b", "a"), true},
		"then the name":                  {at(1, "a", "a"), at(1, "a", "b"), true},
		"nothing is older than itself":   {at(1, "a", "a"), at(1, "a", "a"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := CreatedBefore(test.a, test.b); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
	}
}

func TestReconcileRequestedAtFitsTheStatus(t *testing.T) {
	for name, annotation := range map[string]string{
		"a time":                      "2026-05-03",
		"a novel":                     strings.Repeat("x", 300),
		"a novel in another language": "x" + strings.Repeat("ä", 300),
		"nothing":                     "",
	} {
		t.Run(name, func(t *testing.T) {
			p := builder.Promotion("p").Build()
			p.Annotations = map[string]string{v1alpha1.ReconcileRequestedAtAnnotation: annotation}
			got := ReconcileRequestedAt(p)
			if !utf8.ValidString(got) || utf8.RuneCountInString(got) > 256 || len(annotation) <= 256 && got != annotation {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestIgnoreConflict(t *testing.T) {
	resource := schema.GroupResource{Resource: "modelpromotions"}
	failed := errors.New("failed")
	for name, test := range map[string]struct {
		err, want  error
		wantResult reconcile.Result
	}{
		"written":                  {},
		"the cache was behind":     {err: apierrors.NewConflict(resource, "p", failed), wantResult: reconcile.Result{RequeueAfter: conflictRequeueAfter}},
		"the object is gone":       {err: apierrors.NewNotFound(resource, "p")},
		"Kubernetes did not do it": {err: failed, want: failed},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := IgnoreConflict(test.err)
			if diff := cmp.Diff(test.wantResult, result); diff != "" || !errors.Is(err, test.want) || (err != nil) != (test.want != nil) {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
}

// TestApplyStatus writes the status and nothing else, in whole.
func TestApplyStatus(t *testing.T) {
	stored := builder.Promotion("p").Build()
	stored.UID = types.UID("1")
	c := newClient(t, stored)
	read := func() *v1alpha1.ModelPromotion {
		var p v1alpha1.ModelPromotion
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(stored), &p); err != nil {
			t.Fatal(err)
		}
		return &p
	}

	p := read()
	p.Status.CurrentVersion, p.Status.URI, p.Spec.Version = "1", "models:/m@a", "99"
	if err := ApplyStatus(t.Context(), c, p); err != nil {
		t.Fatal(err)
	}
	got := read()
	if got.ResourceVersion != p.ResourceVersion {
		t.Errorf("version %s in memory, %s stored", p.ResourceVersion, got.ResourceVersion)
	}
	p.Status.URI = ""
	if err := ApplyStatusIfCurrent(t.Context(), c, p); err != nil {
		t.Fatal(err)
	}
	want := v1alpha1.ModelPromotionStatus{CurrentVersion: "1"}
	if diff := cmp.Diff(want, read().Status); diff != "" || read().Spec.Version != "1" {
		t.Errorf("spec.version %s, status (-want +got):\n%s", read().Spec.Version, diff)
	}
	if err := ApplyStatusIfCurrent(t.Context(), c, got); !apierrors.IsConflict(err) {
		t.Errorf("of an old copy: %v, want a conflict", err)
	}
	if err := ApplyStatus(t.Context(), c, got); err != nil {
		t.Errorf("of an old copy, all the same: %v", err)
	}
}

func TestLookups(t *testing.T) {
	key := types.NamespacedName{Namespace: "default", Name: "mlflow"}
	c := newClient(t,
		builder.RegisteredModel("a").Build(),
		builder.RegisteredModel("b").ModelName("a").Connection("other").Class("standard").Build(),
		builder.RegisteredModel("c").Namespace("elsewhere").ModelName("a").Class("standard").Build(),
		builder.RegisteredModel("d").Connection("").Class("other").Build(),
		builder.Promotion("p").Model("a").Build(), builder.Promotion("q").Model("b").Build(),
		builder.Promotion("r").Namespace("elsewhere").Model("a").Build(),
	)
	for name, test := range map[string]struct {
		list func(context.Context) ([]string, error)
		want []string
	}{
		"models on a connection":       {modelLister(ListModelsByConnection, c, key), []string{"default/a"}},
		"models on the operator's own": {modelLister(ListModelsByConnection, c, types.NamespacedName{}), []string{"default/d"}},
		"models with a name":           {modelLister(ListModelsByMLflowName, c, "a"), []string{"default/a", "default/b", "elsewhere/c"}},
		"models of a class":            {modelLister(ListModelsByClass, c, "standard"), []string{"default/b", "elsewhere/c"}},
		"models with a name, on one":   {connectionAndNameLister(c, key, "a"), []string{"default/a"}},
		"all models on one":            {connectionAndNameLister(c, key, ""), []string{"default/a"}},
		"a model that nobody declares": {connectionAndNameLister(c, key, "z"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := test.list(t.Context())
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
	promotions, err := ListPromotionsByModel(t.Context(), c, types.NamespacedName{Namespace: "default", Name: "a"})
	if err != nil || len(promotions) != 1 || promotions[0].Name != "p" {
		t.Errorf("promotions: %v, %v", promotions, err)
	}
}

// TestListReferencedVersions finds the ModelVersions that promotions name, and says where it can't know.
func TestListReferencedVersions(t *testing.T) {
	promotions := []v1alpha1.ModelPromotion{
		*builder.Promotion("numbered").Build(), *builder.Promotion("p").FromModelVersion("april").Build(),
		*builder.Promotion("q").FromModelVersion("missing").Build(),
	}
	c := newClient(t, builder.ModelVersion("april").Build(), builder.ModelVersion("may").Build())
	versions, err := ListReferencedVersions(t.Context(), c, promotions)
	if err != nil || len(versions) != 1 || versions[0].Name != "april" {
		t.Errorf("versions: %v, %v", versions, err)
	}
	failed := errors.New("failed")
	if _, err := ListReferencedVersions(t.Context(), failingReader{c, failed}, promotions); !errors.Is(err, failed) {
		t.Errorf("%v where nothing can be read", err)
	}
}

// failingReader answers every read with an error.
type failingReader struct {
	client.Reader
	err error
}

func (s failingReader) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return s.err
}

func modelLister[K any](
	list func(context.Context, client.Reader, K, ...client.ListOption) ([]v1alpha1.RegisteredModel, error), c client.Client, by K,
) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) { return modelKeys(list(ctx, c, by)) }
}

func connectionAndNameLister(c client.Client, key types.NamespacedName, name string) func(context.Context) ([]string, error) {
	return func(ctx context.Context) ([]string, error) {
		return modelKeys(ListModelsByConnectionAndName(ctx, c, key, name))
	}
}

func modelKeys(models []v1alpha1.RegisteredModel, err error) ([]string, error) {
	var all []string
	for i := range models {
		all = append(all, client.ObjectKeyFromObject(&models[i]).String())
	}
	return all, err
}
