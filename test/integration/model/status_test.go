// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package model

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

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("The status of a model", func() {
	It("shows deployments which version holds each stage, and since when", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil, nil)
		e.CreateObject(ctx, env.NewStagedModel())
		e.CreateObject(ctx, builder.Promotion(env.ToStaging).Stage("staging").Version("1"))
		env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("1").PromotedConditions()...)
		e.SetVersion(ctx, env.ToStaging, "2")
		p := env.WaitForConditions(ctx, e.PromotionObject(env.ToStaging), env.StagingExpectation("2").PromotedConditions()...)

		version := e.MLflow.Version(env.ModelName, "2")
		created := new(metav1.NewTime(time.UnixMilli(int64(version.CreationTimestamp)).Truncate(time.Second)))
		want := []v1alpha1.StageStatus{{
			Name: "staging", Alias: "staging", Version: "2", PreviousVersion: "1", Since: &p.Status.History[0].Time,
			Created: created, RunID: version.RunID, URI: "models:/sentiment@staging",
			VersionURI: "models:/sentiment/2", Promotion: env.ToStaging, MLflowStage: "Staging",
		}, {
			Name: "production", Alias: "champion", URI: "models:/sentiment@champion", MLflowStage: "Production",
		}}
		Eventually(func() []v1alpha1.StageStatus { return e.GetModel(ctx).Status.Stages }).WithContext(ctx).Should(Equal(want))
		m := e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(m.Status.StageSummary).To(Equal("staging=2"))
		Expect(m.Status.LatestVersion).To(Equal(v1alpha1.Version("2")))
		Expect(m.Status.Latest).To(Equal(&v1alpha1.LatestStatus{
			Version: "2", Created: created, RunID: version.RunID, URI: "models:/sentiment/2",
		}))
		Expect(m.Status.ModelName).To(Equal(env.ModelName))
		Expect(m.Status.CreationTimestamp).To(Equal(int64(e.MLflow.Model(env.ModelName).CreationTimestamp)))
	})

	It("follows external changes at the next poll", func(ctx SpecContext) {
		e := env.NewConnected(ctx)
		e.RegisterModel(ctx, nil)
		e.CreateObject(ctx, env.NewStagedModel())
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		Expect(e.User.SetAlias(ctx, env.ModelName, "champion", "1")).To(Succeed())
		e.RegisterRunVersion(ctx, env.ModelName, nil, nil)
		e.PollNow()
		Eventually(func() string { return e.GetModel(ctx).Status.StageSummary }).WithContext(ctx).Should(Equal("production=1"))
		Expect(e.GetModel(ctx).Status.LatestVersion).To(Equal(v1alpha1.Version("2")))
		Expect(e.ListAliasWrites()).To(BeEmpty())
	})
})

var _ = Describe("Deleting the objects of a model", func() {
	DescribeTable("changes nothing in MLflow, and does not wait",
		func(ctx SpecContext, server mlflowtest.Fault) {
			e := env.NewPromoted(ctx, env.NewDescribedModel().Stages(builder.Stage("production").Alias("champion")), nil)
			e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
			before := e.MLflow.Model(env.ModelName)
			e.MLflow.ResetCalls()
			e.MLflow.InjectFault(mlflowtest.AnyCall(), server)
			Expect(env.ControlPlane.Client.Delete(ctx, e.PromotionObject(env.ToProduction))).To(Succeed())
			Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
			Expect(listObjectNames(ctx, e)).To(BeEmpty())

			By("requesting a reconcile of the connection, without a model left")
			env.RequestReconcile(ctx, e.ConnectionObject())
			Eventually(func() string { return env.HandledRequest(getConnection(ctx, e)) }).WithContext(ctx).ShouldNot(BeEmpty())
			Expect(e.MLflow.Model(env.ModelName)).To(Equal(before))
			e.ExpectNoWrites()
		},
		Entry("with a server that works", mlflowtest.Fault{}),
		Entry("with a server that is down", mlflowtest.DropConnection()),
	)
})

// listObjectNames lists the models and promotions that exist, including those with a deletion timestamp.
func listObjectNames(ctx SpecContext, e *env.Env) []string {
	GinkgoHelper()
	var names []string
	for _, list := range []client.ObjectList{&v1alpha1.RegisteredModelList{}, &v1alpha1.ModelPromotionList{}} {
		Expect(env.ControlPlane.Client.List(ctx, list, client.InNamespace(e.Namespace))).To(Succeed())
		Expect(meta.EachListItem(list, func(obj runtime.Object) error {
			names = append(names, obj.(client.Object).GetName())
			return nil
		})).To(Succeed())
	}
	return names
}

// getConnection reads the connection of the story.
func getConnection(ctx SpecContext, e *env.Env) *v1alpha1.MLflowConnection {
	GinkgoHelper()
	c := e.ConnectionObject()
	Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(c), c)).To(Succeed())
	return c
}
