// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package shared

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// otherModelName is a model of another team. Its version 1 is the best one.
const otherModelName = "vision_detector"

// newSharedWithOthersEnv returns an env whose shared connection allows the story's namespace only its own model.
// The registry has a model of another team too.
func newSharedWithOthersEnv(ctx SpecContext) *env.Env {
	GinkgoHelper()
	e := newSharedEnv(ctx, func(e *env.Env, b *builder.ClusterConnectionBuilder) {
		b.AllowedModel(ownNamespaceSelection(e), env.ModelName)
	})
	Expect(e.User.CreateModel(ctx, otherModelName, nil)).To(Succeed())
	Expect(e.RegisterRunVersion(ctx, otherModelName, env.Metrics{"accuracy": "0.987654"}, nil)).To(Equal("1"))
	Expect(e.User.SetAlias(ctx, otherModelName, "best", "1")).To(Succeed())
	return e
}

// allowOtherModel allows the story's namespace the model of the other team too.
func allowOtherModel(ctx SpecContext, e *env.Env) {
	GinkgoHelper()
	editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels[0].ModelPattern = ".*" })
}

// copyNotAllowedMessage is the message of a connection that does not allow copies of a model.
func copyNotAllowedMessage(e *env.Env, model string) string {
	return notAllowedPrefix(e) + " to have copies of model " + model +
		": have it added to allowedModels, or use a version that comes from elsewhere"
}

// countRequestsFor counts the requests that name a model.
func countRequestsFor(e *env.Env, model string) int {
	asked := 0
	for _, call := range e.MLflow.Calls() {
		if call.Args.String("name") == model {
			asked++
		}
	}
	return asked
}

var _ = Describe("A version of a model that a shared connection does not allow", func() {
	DescribeTable("is not copied to an allowed model",
		func(ctx SpecContext, uri string) {
			e := newSharedWithOthersEnv(ctx)
			e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection))
			e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
			e.MLflow.ResetCalls()
			e.CreateObject(ctx, builder.ModelVersion(env.April).URI(uri))
			e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "Forbidden", copyNotAllowedMessage(e, otherModelName))...)
			Expect(e.MLflow.Calls()).To(BeEmpty())

			By("allowing the source model")
			allowOtherModel(ctx, e)
			e.WaitForVersion(ctx, env.RegisteredConditions("1")...)

			By("denying it again, which undoes nothing")
			editSharedConnection(ctx, e, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels[0].ModelPattern = env.ModelName })
			e.CreateObject(ctx, builder.ModelVersion("may").URI(uri))
			env.WaitForConditions(ctx, e.VersionObject("may"),
				env.UnregisteredConditions("Stalled", "Forbidden", copyNotAllowedMessage(e, otherModelName))...)
			e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
			Expect(e.CountVersionCreates()).To(Equal(1))
		},
		Entry("if it is named by its number", "models:/"+otherModelName+"/1"),
		Entry("if it is named by its alias", "models:/"+otherModelName+"@best"),
	)

	It("is copied if the connection is in the namespace", func(ctx SpecContext) {
		e := env.NewWithModel(ctx)
		Expect(e.User.CreateModel(ctx, otherModelName, nil)).To(Succeed())
		e.RegisterRunVersion(ctx, otherModelName, nil, nil)
		e.CreateObject(ctx, builder.ModelVersion(env.April).URI("models:/"+otherModelName+"/1"))
		e.WaitForVersion(ctx, env.RegisteredConditions("1")...)
	})

	It("is no evidence for a copy that a user registered", func(ctx SpecContext) {
		e := newSharedWithOthersEnv(ctx)
		e.RegisterModel(ctx)
		_, err := e.User.CreateVersion(ctx, mlflowtest.VersionSpec{Name: env.ModelName, Source: "models:/" + otherModelName + "/1"})
		Expect(err).NotTo(HaveOccurred())
		e.MLflow.ResetCalls()
		e.CreateObject(ctx, env.NewGatedModel().ClusterConnection(e.SharedConnection))
		e.CreateObject(ctx, builder.Promotion(env.ToProduction).Version("1"))
		why := "Forbidden: " + copyNotAllowedMessage(e, otherModelName)
		p := e.WaitForPromotion(ctx,
			"Ready=False "+why, "Stalled=True "+why, env.Expectation{Version: "1"}.CandidateResolvedLine(),
			"GatesPassed=False "+why, "Promoted=Unknown Forbidden: not known while GatesPassed is False")
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "accuracy", Type: "Metric", Result: "Error", Origin: "Stage", Expected: "greater than 0.85",
			Message: "version 1 is a copy, but version 1 of model " + otherModelName + " could not be read: " +
				copyNotAllowedMessage(e, otherModelName) +
				" (gate accuracy)",
		}))
		Expect(countRequestsFor(e, otherModelName)).To(BeZero())
		Expect(e.MLflow.CountCalls("runs/get")).To(BeZero())
		Expect(e.ListAliasWrites()).To(BeEmpty())

		By("allowing the source model")
		allowOtherModel(ctx, e)
		env.WaitForConditions(ctx, p, env.Expectation{Version: "1"}.PromotedConditions()...)
		Expect(e.ListAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})
