// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("The status of a model", func() {
	It("tells a deployment who holds which stage, and since when", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil, nil)
		w.apply(ctx, staged())
		w.apply(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		shows(ctx, w.promotion(toStaging), inStaging("1").holds()...)
		w.promote(ctx, toStaging, "2")
		p := shows(ctx, w.promotion(toStaging), inStaging("2").holds()...)

		version := w.mlflow.Version(modelName, "2")
		created := new(metav1.NewTime(time.UnixMilli(int64(version.CreationTimestamp)).Truncate(time.Second)))
		want := []v1alpha1.StageStatus{{
			Name: "staging", Alias: "staging", Version: "2", PreviousVersion: "1", Since: &p.Status.History[0].Time,
			Created: created, RunID: version.RunID, URI: "models:/sentiment@staging",
			VersionURI: "models:/sentiment/2", Promotion: toStaging, MLflowStage: "Staging",
		}, {
			Name: "production", Alias: "champion", URI: "models:/sentiment@champion", MLflowStage: "Production",
		}}
		Eventually(func() []v1alpha1.StageStatus { return w.read(ctx).Status.Stages }).WithContext(ctx).Should(Equal(want))
		m := shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(m.Status.Summary).To(Equal("staging=2"))
		Expect(m.Status.LatestVersion).To(Equal(v1alpha1.Version("2")))
		Expect(m.Status.Latest).To(Equal(&v1alpha1.LatestStatus{
			Version: "2", Created: created, RunID: version.RunID, URI: "models:/sentiment/2",
		}))
		Expect(m.Status.ModelName).To(Equal(modelName))
		Expect(m.Status.CreationTimestamp).To(Equal(int64(w.mlflow.Model(modelName).CreationTimestamp)))
	})

	It("follows another hand at the next poll", func(ctx SpecContext) {
		w := connected(ctx)
		w.registered(ctx, nil)
		w.apply(ctx, staged())
		shows(ctx, w.model(modelName), synced(modelName)...)
		Expect(w.user.SetAlias(ctx, modelName, "champion", "1")).To(Succeed())
		w.train(ctx, modelName, nil, nil)
		w.poll()
		Eventually(func() string { return w.read(ctx).Status.Summary }).WithContext(ctx).Should(Equal("production=1"))
		Expect(w.read(ctx).Status.LatestVersion).To(Equal(v1alpha1.Version("2")))
		Expect(w.aliasWrites()).To(BeEmpty())
	})
})

var _ = Describe("Deleting the objects of a model", func() {
	DescribeTable("leaves MLflow as it is, and does not wait for anybody",
		func(ctx SpecContext, server mlflowtest.Fault) {
			w := champion(ctx, described().Stages(builder.Stage("production").Alias("champion")), nil)
			shows(ctx, w.model(modelName), synced(modelName)...)
			before := w.mlflow.Model(modelName)
			w.mlflow.Reset()
			w.mlflow.Fail(mlflowtest.Any(), server)
			Expect(plane.Client.Delete(ctx, w.promotion(toProduction))).To(Succeed())
			Expect(plane.Client.Delete(ctx, w.model(modelName))).To(Succeed())
			Expect(w.exist(ctx)).To(BeEmpty())

			By("looking at the connection, behind which nothing is left to be done")
			lookNow(ctx, w.theConnection())
			Eventually(func() string { return receipt(w.readConnection(ctx)) }).WithContext(ctx).ShouldNot(BeEmpty())
			Expect(w.mlflow.Model(modelName)).To(Equal(before))
			w.wroteNothing()
		},
		Entry("with the server there", mlflowtest.Fault{}),
		Entry("with the server down", mlflowtest.Drop()),
	)
})
