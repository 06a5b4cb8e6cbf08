// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("The status of a model", func() {
	It("tells a deployment who holds which stage, and since when", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil, nil)
		e.createObject(ctx, newStagedModel())
		e.createObject(ctx, builder.Promotion(toStaging).Stage("staging").Version("1"))
		waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("1").promotedConditions()...)
		e.setVersion(ctx, toStaging, "2")
		p := waitForConditions(ctx, e.promotionObject(toStaging), stagingExpectation("2").promotedConditions()...)

		version := e.mlflow.Version(modelName, "2")
		created := new(metav1.NewTime(time.UnixMilli(int64(version.CreationTimestamp)).Truncate(time.Second)))
		want := []v1alpha1.StageStatus{{
			Name: "staging", Alias: "staging", Version: "2", PreviousVersion: "1", Since: &p.Status.History[0].Time,
			Created: created, RunID: version.RunID, URI: "models:/sentiment@staging",
			VersionURI: "models:/sentiment/2", Promotion: toStaging, MLflowStage: "Staging",
		}, {
			Name: "production", Alias: "champion", URI: "models:/sentiment@champion", MLflowStage: "Production",
		}}
		Eventually(func() []v1alpha1.StageStatus { return e.getModel(ctx).Status.Stages }).WithContext(ctx).Should(Equal(want))
		m := waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(m.Status.StageSummary).To(Equal("staging=2"))
		Expect(m.Status.LatestVersion).To(Equal(v1alpha1.Version("2")))
		Expect(m.Status.Latest).To(Equal(&v1alpha1.LatestStatus{
			Version: "2", Created: created, RunID: version.RunID, URI: "models:/sentiment/2",
		}))
		Expect(m.Status.ModelName).To(Equal(modelName))
		Expect(m.Status.CreationTimestamp).To(Equal(int64(e.mlflow.Model(modelName).CreationTimestamp)))
	})

	It("follows another hand at the next poll", func(ctx SpecContext) {
		e := newConnectedEnv(ctx)
		e.registerModel(ctx, nil)
		e.createObject(ctx, newStagedModel())
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		Expect(e.user.SetAlias(ctx, modelName, "champion", "1")).To(Succeed())
		e.registerRunVersion(ctx, modelName, nil, nil)
		e.pollNow()
		Eventually(func() string { return e.getModel(ctx).Status.StageSummary }).WithContext(ctx).Should(Equal("production=1"))
		Expect(e.getModel(ctx).Status.LatestVersion).To(Equal(v1alpha1.Version("2")))
		Expect(e.listAliasWrites()).To(BeEmpty())
	})
})

var _ = Describe("Deleting the objects of a model", func() {
	DescribeTable("leaves MLflow as it is, and does not wait for anybody",
		func(ctx SpecContext, server mlflowtest.Fault) {
			e := newPromotedEnv(ctx, newDescribedModel().Stages(builder.Stage("production").Alias("champion")), nil)
			waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
			before := e.mlflow.Model(modelName)
			e.mlflow.ResetCalls()
			e.mlflow.InjectFault(mlflowtest.AnyCall(), server)
			Expect(controlPlane.Client.Delete(ctx, e.promotionObject(toProduction))).To(Succeed())
			Expect(controlPlane.Client.Delete(ctx, e.modelObject(modelName))).To(Succeed())
			Expect(e.listObjectNames(ctx)).To(BeEmpty())

			By("looking at the connection, behind which nothing is left to be done")
			requestReconcile(ctx, e.connectionObject())
			Eventually(func() string { return handledRequest(e.getConnection(ctx)) }).WithContext(ctx).ShouldNot(BeEmpty())
			Expect(e.mlflow.Model(modelName)).To(Equal(before))
			e.expectNoWrites()
		},
		Entry("with the server there", mlflowtest.Fault{}),
		Entry("with the server down", mlflowtest.DropConnection()),
	)
})

// listExisting are the models and promotions that are there, if only to be deleted.
func (e *env) listObjectNames(ctx SpecContext) []string {
	GinkgoHelper()
	var names []string
	for _, list := range []client.ObjectList{&v1alpha1.RegisteredModelList{}, &v1alpha1.ModelPromotionList{}} {
		Expect(controlPlane.Client.List(ctx, list, client.InNamespace(e.namespace))).To(Succeed())
		Expect(meta.EachListItem(list, func(obj runtime.Object) error {
			names = append(names, obj.(client.Object).GetName())
			return nil
		})).To(Succeed())
	}
	return names
}

// getConnection is the connection of the story as it is now.
func (e *env) getConnection(ctx SpecContext) *v1alpha1.MLflowConnection {
	GinkgoHelper()
	c := e.connectionObject()
	Expect(controlPlane.Client.Get(ctx, objectKey(c), c)).To(Succeed())
	return c
}
