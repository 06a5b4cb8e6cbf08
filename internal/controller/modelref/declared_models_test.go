// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelref

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/kubeutil"
	"github.com/neuronews/mlflow-registry-operator/internal/registrycache"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// indexer adds the indexes of the manager's cache to a fake client.
type indexer struct {
	*fake.ClientBuilder
}

func (i indexer) IndexField(_ context.Context, obj client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(obj, field, values)
	return nil
}

func newModelClient(t *testing.T, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	kinds := runtime.NewSchemeBuilder(clientgoscheme.AddToScheme, v1alpha1.AddToScheme)
	if err := kinds.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...)
	if err := kubeutil.SetupIndexes(t.Context(), indexer{b}); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

func newNamespace(name, team string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": team}}}
}

// TestListDeclaredModelNames lists the models of a connection: those of one namespace, of all namespaces
// that share the connection, or of all models without a connection.
func TestListDeclaredModelNames(t *testing.T) {
	nlp := builder.NamespacesWithLabel("team", "nlp")
	objects := newModelClient(t,
		newNamespace("news", "nlp"), newNamespace("search", "nlp"), newNamespace("cats", "vision"),
		builder.ClusterConnection("shared").AllowedNamespaces(nlp).AllowedModel(builder.AllNamespaces(), "neuro_.*", "staging").Build(),
		builder.ClusterConnection("invalid").AllowedNamespaces(builder.AllNamespaces()).AllowedModel(builder.AllNamespaces(), "(").Build(),
		builder.Class("standard").Stages(builder.Stage("production").Alias("champion")).Build(),
		builder.RegisteredModel("a").ModelName("neuro_a").Namespace("news").ClusterConnection("shared").Build(),
		builder.RegisteredModel("b").ModelName("neuro_b").Namespace("search").ClusterConnection("shared").
			Stages(builder.Stage("staging")).Build(),
		builder.RegisteredModel("c").ModelName("neuro_c").Namespace("cats").ClusterConnection("shared").Build(),
		builder.RegisteredModel("d").ModelName("my_neuro_d").Namespace("news").ClusterConnection("shared").Build(),
		builder.RegisteredModel("e").ModelName("neuro_e").Namespace("news").ClusterConnection("shared").
			Stages(builder.Stage("production")).Build(),
		builder.RegisteredModel("f").ModelName("neuro_f").Namespace("news").ClusterConnection("shared").Suspend().Build(),
		builder.RegisteredModel("g").ModelName("neuro_g").Namespace("unseen").ClusterConnection("shared").Build(),
		builder.RegisteredModel("n").ModelName("neuro_n").Namespace("news").ClusterConnection("shared").Class("standard").Build(),
		builder.RegisteredModel("h").Namespace("news").Connection("shared").Build(),
		builder.RegisteredModel("i").Namespace("search").Connection("shared").Build(),
		builder.RegisteredModel("j").Namespace("news").Connection("").Build(),
		builder.RegisteredModel("k").Namespace("search").Connection("").Build(),
		builder.RegisteredModel("l").Namespace("news").ClusterConnection("invalid").Build(),
		builder.RegisteredModel("m").Namespace("news").ClusterConnection("missing").Build(),
	)
	for name, test := range map[string]struct {
		connection registrycache.Key
		want       []string
	}{
		"a shared connection":                            {registrycache.Key{Name: "shared"}, []string{"neuro_a", "neuro_b"}},
		"a connection with the same name in a namespace": {registrycache.Key{Namespace: "news", Name: "shared"}, []string{"h"}},
		"the operator's own connection":                  {registrycache.Key{}, []string{"j", "k"}},
		"a connection with an invalid policy":            {registrycache.Key{Name: "invalid"}, []string{}},
		"a connection that does not exist":               {registrycache.Key{Name: "missing"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ListDeclaredModelNames(t.Context(), objects, test.connection)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
}
