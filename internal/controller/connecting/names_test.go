// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connecting

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
	"github.com/neuronews/mlflow-registry-operator/internal/kube"
	"github.com/neuronews/mlflow-registry-operator/internal/registry"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// indexer gives a fake client the indexes of the manager's cache.
type indexer struct {
	*fake.ClientBuilder
}

func (i indexer) IndexField(_ context.Context, obj client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(obj, field, values)
	return nil
}

func cluster(t *testing.T, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	kinds := runtime.NewSchemeBuilder(clientgoscheme.AddToScheme, v1alpha1.AddToScheme)
	if err := kinds.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...)
	if err := kube.SetupIndexes(t.Context(), indexer{b}); err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

func namespace(name, team string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"team": team}}}
}

// What is read of a registry is what somebody may have and wants looked after: of one
// namespace, of all that share the connection, or of all that name none.
func TestNames(t *testing.T) {
	nlp := builder.Labeled("team", "nlp")
	objects := cluster(t,
		namespace("news", "nlp"), namespace("search", "nlp"), namespace("cats", "vision"),
		builder.ClusterConnection("shared").Allowed(nlp).Allow(builder.AllNamespaces(), "neuro_.*", "staging").Build(),
		builder.ClusterConnection("invalid").Allowed(builder.AllNamespaces()).Allow(builder.AllNamespaces(), "(").Build(),
		builder.Class("standard").Stages(builder.Stage("production").Alias("champion")).Build(),
		builder.RegisteredModel("a").ModelName("neuro_a").Namespace("news").Shared("shared").Build(),
		builder.RegisteredModel("b").ModelName("neuro_b").Namespace("search").Shared("shared").Stages(builder.Stage("staging")).Build(),
		builder.RegisteredModel("c").ModelName("neuro_c").Namespace("cats").Shared("shared").Build(),
		builder.RegisteredModel("d").ModelName("my_neuro_d").Namespace("news").Shared("shared").Build(),
		builder.RegisteredModel("e").ModelName("neuro_e").Namespace("news").Shared("shared").Stages(builder.Stage("production")).Build(),
		builder.RegisteredModel("f").ModelName("neuro_f").Namespace("news").Shared("shared").Suspend().Build(),
		builder.RegisteredModel("g").ModelName("neuro_g").Namespace("unseen").Shared("shared").Build(),
		builder.RegisteredModel("n").ModelName("neuro_n").Namespace("news").Shared("shared").Class("standard").Build(),
		builder.RegisteredModel("h").Namespace("news").Connection("shared").Build(),
		builder.RegisteredModel("i").Namespace("search").Connection("shared").Build(),
		builder.RegisteredModel("j").Namespace("news").Connection("").Build(),
		builder.RegisteredModel("k").Namespace("search").Connection("").Build(),
		builder.RegisteredModel("l").Namespace("news").Shared("invalid").Build(),
		builder.RegisteredModel("m").Namespace("news").Shared("missing").Build(),
	)
	for name, test := range map[string]struct {
		connection registry.Key
		want       []string
	}{
		"of a shared connection":          {registry.Key{Name: "shared"}, []string{"neuro_a", "neuro_b"}},
		"of a connection of its name":     {registry.Key{Namespace: "news", Name: "shared"}, []string{"h"}},
		"of the operator's own":           {registry.Key{}, []string{"j", "k"}},
		"of one whose rules are not good": {registry.Key{Name: "invalid"}, []string{}},
		"of one that is not there":        {registry.Key{Name: "missing"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Names(t.Context(), objects, test.connection)
			if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
				t.Errorf("(-want +got):\n%s%v", diff, err)
			}
		})
	}
}
