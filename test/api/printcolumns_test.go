// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	stdcmp "cmp"
	"testing"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// Every kind has these columns. Each has a name and a JSON path.
const (
	readyColumn  = `Ready .status.conditions[?(@.type=="Ready")].status`
	reasonColumn = `Reason .status.conditions[?(@.type=="Ready")].reason`
	ageColumn    = "Age .metadata.creationTimestamp"
)

// printColumns are the columns that kubectl get shows of each kind.
type printColumns struct {
	Scope      apiextensionsv1.ResourceScope
	ShortNames []string
	Categories []string
	Columns    []string
	Wide       []string
}

func TestPrintColumns(t *testing.T) {
	cases := map[string]printColumns{
		"MLflowConnection": {
			ShortNames: []string{"mlconn"},
			Columns:    []string{"URL .spec.url", "Version .status.serverVersion", readyColumn, reasonColumn, ageColumn},
		},
		"ClusterMLflowConnection": {
			Scope:      apiextensionsv1.ClusterScoped,
			ShortNames: []string{"cmlconn"},
			Columns:    []string{"URL .spec.url", "Version .status.serverVersion", readyColumn, reasonColumn, ageColumn},
		},
		"RegisteredModel": {
			ShortNames: []string{"rmodel"},
			Columns: []string{
				"Model .status.modelName", "Latest .status.latestVersion", "Stages .status.stageSummary", readyColumn, reasonColumn, ageColumn,
			},
		},
		"ModelPromotion": {
			ShortNames: []string{"promo"},
			Columns: []string{
				"Model .spec.modelRef.name", "Stage .spec.stage", "Desired .status.candidate.version", "Current .status.currentVersion",
				readyColumn, reasonColumn, ageColumn,
			},
		},
		"ModelClass": {
			Scope:      apiextensionsv1.ClusterScoped,
			ShortNames: []string{"mclass"},
			Columns:    []string{readyColumn, reasonColumn, ageColumn},
		},
		"ModelVersion": {
			ShortNames: []string{"mver"},
			Columns: []string{
				"Model .spec.modelRef.name", "Version .status.version", "Stages .status.stages", readyColumn, reasonColumn, ageColumn,
			},
		},
		"PromotionApproval": {
			ShortNames: []string{"pappr"},
			Columns: []string{
				"Promotion .spec.promotionRef.name", "Version .spec.version", "Decision .spec.decision", "Approver .spec.approver", ageColumn,
			},
			Wide: []string{"Reason .spec.reason"},
		},
	}

	for kind, want := range cases {
		t.Run(kind, func(t *testing.T) {
			want.Scope = stdcmp.Or(want.Scope, apiextensionsv1.NamespaceScoped)
			want.Categories = []string{"mlflow"}
			if want.Wide == nil {
				want.Wide = []string{`Message .status.conditions[?(@.type=="Ready")].message`}
			}

			if diff := cmp.Diff(want, printColumnsOf(getCRD(t, kind))); diff != "" {
				t.Errorf("surface (-want +got):\n%s", diff)
			}
		})
	}
}

func printColumnsOf(crd *apiextensionsv1.CustomResourceDefinition) printColumns {
	got := printColumns{
		Scope:      crd.Spec.Scope,
		ShortNames: crd.Spec.Names.ShortNames,
		Categories: crd.Spec.Names.Categories,
	}
	for _, column := range crd.Spec.Versions[0].AdditionalPrinterColumns {
		if column.Priority > 0 {
			got.Wide = append(got.Wide, column.Name+" "+column.JSONPath)
			continue
		}
		got.Columns = append(got.Columns, column.Name+" "+column.JSONPath)
	}
	return got
}
