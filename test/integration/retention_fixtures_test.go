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

// archivedEventNote tells that versions were archived.
func archivedEventNote(keep int, versions ...string) string {
	return fmt.Sprintf("Normal VersionsArchived: model sentiment: archived in MLflow, since they are not among the newest %d "+
		"and nothing else keeps them: versions %s", keep, strings.Join(versions, ", "))
}

// deletedEventNote tells that a version was deleted.
func deletedEventNote(keep int, version string) string {
	return fmt.Sprintf("Normal VersionDeleted: version %s of model sentiment deleted in MLflow, as retention says: "+
		"it is not among the newest %d, and nothing else keeps it", version, keep)
}

// listPlannedVersions are what the plan says of versions: NUMBER LIVE DESIRED.
func listPlannedVersions(m *v1alpha1.RegisteredModel) []string {
	var all []string
	for _, p := range m.Status.Plan {
		if version, found := strings.CutPrefix(p.Field, "versions/"); found {
			all = append(all, strings.TrimSpace(version+" "+p.Current+" "+p.Desired))
		}
	}
	return all
}

// newRetentionEnv is a world in which a model has some versions that nobody has looked at.
func newRetentionEnv(ctx SpecContext, versions int) *env {
	GinkgoHelper()
	e := newConnectedEnv(ctx)
	e.registerModel(ctx)
	e.registerVersions(ctx, versions)
	return e
}

// newRetentionModel is the model of the stories about retention.
func newRetentionModel(retention *builder.RetentionBuilder) *builder.ModelBuilder {
	return builder.RegisteredModel(modelName).Retention(retention).Stages(builder.Stage("production").Alias("champion"))
}

func sortedCopy(all []string) []string {
	return slices.Sorted(slices.Values(all))
}

// listVersionStages are the versions of the model, those in a legacy stage with it: 1:Archived 2 3.
func (e *env) listVersionStages() string {
	newest, err := strconv.Atoi(e.mlflow.Model(modelName).NewestVersion().Version)
	Expect(err).NotTo(HaveOccurred())
	var all []string
	for n := range newest {
		v := e.mlflow.Version(modelName, strconv.Itoa(n+1))
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

// moveToStage lets somebody move a version to a legacy stage.
func (e *env) setLegacyStage(ctx SpecContext, version, stage string) {
	GinkgoHelper()
	Expect(e.user.TransitionStage(ctx, modelName, version, stage, false)).To(Succeed())
}

// waitForVersionCounts waits until the versions were gone through and nothing is left to do: TOTAL/ARCHIVED.
func (e *env) waitForVersionCounts(ctx SpecContext, want string) *v1alpha1.RegisteredModel {
	GinkgoHelper()
	m := e.modelObject(modelName)
	Eventually(func(g Gomega) {
		g.Expect(controlPlane.Client.Get(ctx, objectKey(m), m)).To(Succeed())
		g.Expect(m.Status.ObservedGeneration).To(Equal(m.Generation))
		g.Expect(m.Status.Versions).NotTo(BeNil())
		g.Expect(fmt.Sprintf("%d/%d", m.Status.Versions.Total, m.Status.Versions.Archived)).To(Equal(want))
		g.Expect(m.Status.Versions.ObservedHash).NotTo(BeEmpty())
	}).WithContext(ctx).Should(Succeed())
	return m
}

// registerVersions registers more versions.
func (e *env) registerVersions(ctx SpecContext, versions int) {
	GinkgoHelper()
	for range versions {
		_, err := e.user.CreateVersion(ctx, mlflowtest.VersionSpec{Name: modelName, Source: "s3://models/sentiment"})
		Expect(err).NotTo(HaveOccurred())
	}
}
