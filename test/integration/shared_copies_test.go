// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// otherModelName is a model of another team, of which version 1 is best.
const otherModelName = "vision_detector"

// newSharedWithOthersEnv is a world with a shared connection that allows the story's namespace its own
// model only, beside which another team has one.
func newSharedWithOthersEnv(ctx SpecContext) *env {
	GinkgoHelper()
	e := newSharedEnv(ctx, func(e *env, b *builder.ClusterConnectionBuilder) { b.AllowedModel(e.ownNamespaceSelection(), modelName) })
	Expect(e.user.CreateModel(ctx, otherModelName, nil)).To(Succeed())
	Expect(e.registerRunVersion(ctx, otherModelName, metrics{"accuracy": "0.987654"}, nil)).To(Equal("1"))
	Expect(e.user.SetAlias(ctx, otherModelName, "best", "1")).To(Succeed())
	return e
}

// allowOtherModel lets the story's namespace have the model of the other team, too.
func (e *env) allowOtherModel(ctx SpecContext) {
	GinkgoHelper()
	e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels[0].ModelPattern = ".*" })
}

// copyNotAllowedMessage is the sentence of a connection that does not allow copies of a model.
func (e *env) copyNotAllowedMessage(model string) string {
	return e.notAllowedPrefix() + " to have copies of model " + model +
		": have it added to allowedModels, or use a version that comes from elsewhere"
}

// countRequestsFor is how often something of a model was asked for by its name.
func (e *env) countRequestsFor(model string) int {
	asked := 0
	for _, call := range e.mlflow.Calls() {
		if call.Args.String("name") == model {
			asked++
		}
	}
	return asked
}

var _ = Describe("A version of a model that a shared connection does not allow", func() {
	DescribeTable("is not registered as one's own",
		func(ctx SpecContext, uri string) {
			e := newSharedWithOthersEnv(ctx)
			e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection))
			waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
			e.mlflow.ResetCalls()
			e.createObject(ctx, builder.ModelVersion(april).URI(uri))
			waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "Forbidden", e.copyNotAllowedMessage(otherModelName))...)
			Expect(e.mlflow.Calls()).To(BeEmpty())

			By("allowing the model that it comes from")
			e.allowOtherModel(ctx)
			waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)

			By("taking that back, which undoes nothing")
			e.editSharedConnection(ctx, func(s *v1alpha1.ClusterMLflowConnectionSpec) { s.AllowedModels[0].ModelPattern = modelName })
			e.createObject(ctx, builder.ModelVersion("may").URI(uri))
			waitForConditions(ctx, e.versionObject("may"), unregisteredConditions("Stalled", "Forbidden", e.copyNotAllowedMessage(otherModelName))...)
			waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
			Expect(e.countVersionCreates()).To(Equal(1))
		},
		Entry("by its number", "models:/"+otherModelName+"/1"),
		Entry("by its alias", "models:/"+otherModelName+"@best"),
	)

	It("is registered as one's own where the connection is the namespace's", func(ctx SpecContext) {
		e := newModelEnv(ctx)
		Expect(e.user.CreateModel(ctx, otherModelName, nil)).To(Succeed())
		e.registerRunVersion(ctx, otherModelName, nil, nil)
		e.createObject(ctx, builder.ModelVersion(april).URI("models:/"+otherModelName+"/1"))
		waitForConditions(ctx, e.versionObject(april), registeredConditions("1")...)
	})

	It("is no evidence for a copy that was registered by hand", func(ctx SpecContext) {
		e := newSharedWithOthersEnv(ctx)
		e.registerModel(ctx)
		_, err := e.user.CreateVersion(ctx, mlflowtest.VersionSpec{Name: modelName, Source: "models:/" + otherModelName + "/1"})
		Expect(err).NotTo(HaveOccurred())
		e.mlflow.ResetCalls()
		e.createObject(ctx, newGatedModel().ClusterConnection(e.sharedConnection))
		e.createObject(ctx, builder.Promotion(toProduction).Version("1"))
		why := "Forbidden: " + e.copyNotAllowedMessage(otherModelName)
		p := waitForConditions(ctx, e.promotionObject(toProduction),
			"Ready=False "+why, "Stalled=True "+why, expectation{version: "1"}.candidateResolvedLine(),
			"GatesPassed=False "+why, "Promoted=Unknown Forbidden: not known while GatesPassed is False")
		Expect(p.Status.Gates).To(ContainElement(v1alpha1.GateStatus{
			Name: "accuracy", Type: "Metric", Result: "Error", Origin: "Stage", Expected: "greater than 0.85",
			Message: "version 1 is a copy, but version 1 of model " + otherModelName + " could not be read: " + e.copyNotAllowedMessage(otherModelName) +
				" (gate accuracy)",
		}))
		Expect(e.countRequestsFor(otherModelName)).To(BeZero())
		Expect(e.mlflow.CountCalls("runs/get")).To(BeZero())
		Expect(e.listAliasWrites()).To(BeEmpty())

		By("allowing the model that it comes from")
		e.allowOtherModel(ctx)
		waitForConditions(ctx, p, expectation{version: "1"}.promotedConditions()...)
		Expect(e.listAliasWrites()).To(Equal([]string{"champion=1"}))
	})
})
