// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package kubeutil

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

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
		"created before":              {at(1, "z", "z"), at(2, "a", "a"), true},
		"created after":               {at(2, "a", "a"), at(1, "z", "z"), false},
		"in one second, by namespace": {at(1, "a", "z"), at(1, "b", "a"), true},
		"in one namespace, by name":   {at(1, "a", "a"), at(1, "a", "b"), true},
		"the same object":             {at(1, "a", "a"), at(1, "a", "a"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := CreatedBefore(test.a, test.b); got != test.want {
				t.Errorf("%t, want %t", got, test.want)
			}
		})
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
		"models on a connection":             {modelLister(ListModelsByConnection, c, key), []string{"default/a"}},
		"models on the default connection":   {modelLister(ListModelsByConnection, c, types.NamespacedName{}), []string{"default/d"}},
		"models with a name":                 {modelLister(ListModelsByMLflowName, c, "a"), []string{"default/a", "default/b", "elsewhere/c"}},
		"models of a class":                  {modelLister(ListModelsByClass, c, "standard"), []string{"default/b", "elsewhere/c"}},
		"models with a name on a connection": {connectionAndNameLister(c, key, "a"), []string{"default/a"}},
		"no name on a connection":            {connectionAndNameLister(c, key, ""), []string{"default/a"}},
		"an unknown name on a connection":    {connectionAndNameLister(c, key, "z"), nil},
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
		t.Errorf("got %v, want the error of the reader", err)
	}
}

// failingReader fails every read.
type failingReader struct {
	client.Reader
	err error
}

func (r failingReader) Get(context.Context, client.ObjectKey, client.Object, ...client.GetOption) error {
	return r.err
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
