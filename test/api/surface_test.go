// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// surface is what "kubectl get" shows of a kind, and how it is called there.
type surface struct {
	Scope      apiextensionsv1.ResourceScope
	ShortNames []string
	Categories []string
	Columns    []string
	Wide       []string
}

func TestSurface(t *testing.T) {
	cases := map[string]surface{
		"MLflowConnection": {
			ShortNames: []string{"mlconn"},
			Columns:    []string{"URL", "Version", "Ready", "Reason", "Age"},
		},
		"RegisteredModel": {
			ShortNames: []string{"rmodel"},
			Columns:    []string{"Model", "Latest", "Stages", "Ready", "Reason", "Age"},
		},
		"ModelPromotion": {
			ShortNames: []string{"promo"},
			Columns:    []string{"Model", "Stage", "Wants", "Has", "Ready", "Reason", "Age"},
		},
	}

	for kind, want := range cases {
		t.Run(kind, func(t *testing.T) {
			want.Scope = apiextensionsv1.NamespaceScoped
			want.Categories = []string{"mlflow"}
			want.Wide = []string{"Message"}

			if diff := cmp.Diff(want, surfaceOf(definition(t, kind))); diff != "" {
				t.Errorf("surface (-want +got):\n%s", diff)
			}
		})
	}
}

func surfaceOf(crd *apiextensionsv1.CustomResourceDefinition) surface {
	got := surface{
		Scope:      crd.Spec.Scope,
		ShortNames: crd.Spec.Names.ShortNames,
		Categories: crd.Spec.Names.Categories,
	}
	for _, column := range crd.Spec.Versions[0].AdditionalPrinterColumns {
		if column.Priority > 0 {
			got.Wide = append(got.Wide, column.Name)
			continue
		}
		got.Columns = append(got.Columns, column.Name)
	}
	return got
}
