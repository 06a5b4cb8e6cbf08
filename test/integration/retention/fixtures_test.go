// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package retention

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

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// archivedEventNote is the event of versions that were archived.
func archivedEventNote(keep int, versions ...string) string {
	return fmt.Sprintf("Normal VersionsArchived: model sentiment: archived in MLflow, since they are not among the newest %d "+
		"and nothing else keeps them: versions %s", keep, strings.Join(versions, ", "))
}

// deletedEventNote is the event of a version that was deleted.
func deletedEventNote(keep int, version string) string {
	return fmt.Sprintf("Normal VersionDeleted: version %s of model sentiment deleted in MLflow, as retention says: "+
		"it is not among the newest %d, and nothing else keeps it", version, keep)
}

// listPlannedVersions lists the planned changes of versions: NUMBER CURRENT DESIRED.
func listPlannedVersions(m *v1alpha1.RegisteredModel) []string {
	var all []string
	for _, p := range m.Status.Plan {
		if version, found := strings.CutPrefix(p.Field, "versions/"); found {
			all = append(all, strings.TrimSpace(version+" "+p.Current+" "+p.Desired))
		}
	}
	return all
}

// newRetentionEnv returns an env with a model in MLflow that has some versions.
func newRetentionEnv(ctx SpecContext, versions int) *env.Env {
	GinkgoHelper()
	e := env.NewConnected(ctx)
	e.RegisterModel(ctx)
	registerVersions(ctx, e, versions)
	return e
}

// newRetentionModel returns the model of most stories about retention.
func newRetentionModel(retention *builder.RetentionBuilder) *builder.ModelBuilder {
	return builder.RegisteredModel(env.ModelName).Retention(retention).Stages(builder.Stage("production").Alias("champion"))
}

func sortedCopy(all []string) []string {
	return slices.Sorted(slices.Values(all))
}

// listVersionStages lists the versions of the model, with the legacy stage of those that have one: 1:Archived 2 3.
func listVersionStages(e *env.Env) string {
	newest, err := strconv.Atoi(e.MLflow.Model(env.ModelName).NewestVersion().Version)
	Expect(err).NotTo(HaveOccurred())
	var all []string
	for n := range newest {
		v := e.MLflow.Version(env.ModelName, strconv.Itoa(n+1))
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

// setLegacyStage sets the legacy stage of a version as a user.
func setLegacyStage(ctx SpecContext, e *env.Env, version, stage string) {
	GinkgoHelper()
	Expect(e.User.TransitionStage(ctx, env.ModelName, version, stage, false)).To(Succeed())
}

// waitForVersionCounts waits until retention is done and the status counts TOTAL/ARCHIVED versions.
func waitForVersionCounts(ctx SpecContext, e *env.Env, want string) *v1alpha1.RegisteredModel {
	GinkgoHelper()
	m := e.ModelObject(env.ModelName)
	Eventually(func(g Gomega) {
		g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(m), m)).To(Succeed())
		g.Expect(m.Status.ObservedGeneration).To(Equal(m.Generation))
		g.Expect(m.Status.Versions).NotTo(BeNil())
		g.Expect(fmt.Sprintf("%d/%d", m.Status.Versions.Total, m.Status.Versions.Archived)).To(Equal(want))
		g.Expect(m.Status.Versions.ObservedHash).NotTo(BeEmpty())
	}).WithContext(ctx).Should(Succeed())
	return m
}

// registerVersions registers more versions.
func registerVersions(ctx SpecContext, e *env.Env, versions int) {
	GinkgoHelper()
	for range versions {
		_, err := e.User.CreateVersion(ctx, mlflowtest.VersionSpec{Name: env.ModelName, Source: "s3://models/sentiment"})
		Expect(err).NotTo(HaveOccurred())
	}
}
