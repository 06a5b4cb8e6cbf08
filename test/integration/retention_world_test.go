// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	listVersions  = "model-versions/search"
	readVersion   = "model-versions/get"
	deleteVersion = "model-versions/delete"
	transition    = "model-versions/transition-stage"
)

// keeping is the model of the stories about retention.
func keeping(retention *builder.RetentionBuilder) *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Retention(retention).Stages(builder.Stage("production").Alias("champion"))
}

// grown is a world in which a model has some versions that nobody has looked at.
func grown(ctx SpecContext, versions int) *world {
	GinkgoHelper()
	w := connected(ctx)
	w.registered(ctx)
	w.grows(ctx, versions)
	return w
}

// grows registers more versions.
func (w *world) grows(ctx SpecContext, versions int) {
	GinkgoHelper()
	for range versions {
		_, err := w.user.CreateVersion(ctx, mlflowtest.VersionSpec{Name: modelName, Source: "s3://models/sentiment"})
		Expect(err).NotTo(HaveOccurred())
	}
}

// shifts lets somebody move a version to a legacy stage.
func (w *world) shifts(ctx SpecContext, version, stage string) {
	GinkgoHelper()
	Expect(w.user.TransitionStage(ctx, modelName, version, stage, false)).To(Succeed())
}

// counts waits until the versions were gone through and nothing is left to do: TOTAL/ARCHIVED.
func (w *world) counts(ctx SpecContext, want string) *v1alpha1.RegisteredModel {
	GinkgoHelper()
	m := w.model(modelName)
	Eventually(func(g Gomega) {
		g.Expect(plane.Client.Get(ctx, key(m), m)).To(Succeed())
		g.Expect(m.Status.ObservedGeneration).To(Equal(m.Generation))
		g.Expect(m.Status.Versions).NotTo(BeNil())
		g.Expect(fmt.Sprintf("%d/%d", m.Status.Versions.Total, m.Status.Versions.Archived)).To(Equal(want))
		g.Expect(m.Status.Versions.CheckedFor).NotTo(BeEmpty())
	}).WithContext(ctx).Should(Succeed())
	return m
}

// stages are the versions of the model, those in a legacy stage with it: 1:Archived 2 3.
func (w *world) stages() string {
	newest, err := strconv.Atoi(w.mlflow.Model(modelName).Newest().Version)
	Expect(err).NotTo(HaveOccurred())
	var all []string
	for n := range newest {
		v := w.mlflow.Version(modelName, strconv.Itoa(n+1))
		switch {
		case v == nil:
		case v.CurrentStage == "None":
			all = append(all, v.Version)
		default:
			all = append(all, v.Version+":"+v.CurrentStage)
		}
	}
	return strings.Join(all, " ")
}

// deletedVersions are those that the operator asked MLflow to delete, in order.
func (w *world) deletedVersions() []string {
	var all []string
	for _, call := range w.mlflow.Writes() {
		if call.Endpoint == deleteVersion {
			all = append(all, call.Args.Text("version"))
		}
	}
	return all
}

// versionsArchived tells that versions were archived.
func versionsArchived(keep int, versions ...string) string {
	return fmt.Sprintf("Normal VersionsArchived: model sentiment: archived in MLflow, since they are not among the newest %d "+
		"and nothing else keeps them: versions %s", keep, strings.Join(versions, ", "))
}

// deletedVersion tells that a version was deleted.
func deletedVersion(keep int, version string) string {
	return fmt.Sprintf("Normal VersionDeleted: version %s of model sentiment deleted in MLflow, as retention says: "+
		"it is not among the newest %d, and nothing else keeps it", version, keep)
}

// adopted is the event of a model that was there before its object.
func (w *world) adopted() string {
	return `Normal Updated: model sentiment in MLflow changed: tags/` + v1alpha1.ManagedByTag + ` from "" to "` + w.mark(modelName) + `"`
}

// once looks at MLflow in the moment before the operator is answered, once.
func (w *world) once(endpoint string, meanwhile func()) *mlflowtest.Rule {
	return w.mlflow.Fail(mlflowtest.Endpoint(endpoint), mlflowtest.Before(func(mlflowtest.Call) {
		defer GinkgoRecover()
		meanwhile()
	}).Times(1))
}

// plannedVersions are what the plan says of versions: NUMBER LIVE DESIRED.
func plannedVersions(m *v1alpha1.RegisteredModel) []string {
	var all []string
	for _, p := range m.Status.Plan {
		if version, found := strings.CutPrefix(p.Field, "versions/"); found {
			all = append(all, strings.TrimSpace(version+" "+p.Live+" "+p.Desired))
		}
	}
	return all
}

func sortedCopy(all []string) []string {
	return slices.Sorted(slices.Values(all))
}
