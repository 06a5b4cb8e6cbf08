// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A workspace", func() {
	It("is the only one that its connection touches", func(ctx SpecContext) {
		const name = "shared-name"
		elsewhere, w := newEnv(ctx, openServer), newEnv(ctx, openServer)
		Expect(elsewhere.user.CreateModel(ctx, name, nil)).To(Succeed())
		elsewhere.trainVersion(ctx, name, "0.99")
		before := elsewhere.getModel(ctx, name)

		Expect(w.user.CreateWorkspace(ctx, "team-a")).To(Succeed())
		w.user.Workspace = "team-a"
		experiment, err := w.user.CreateExperiment(ctx, "of-the-team")
		Expect(err).NotTo(HaveOccurred())
		w.experiment = experiment
		Expect(w.user.CreateModel(ctx, name, nil)).To(Succeed())
		w.trainVersion(ctx, name, "0.9")
		w.createObject(ctx, w.newConnection().Workspace("team-a").Build())
		w.createObject(ctx, newGatedModel(name).Build())
		w.createObject(ctx, builder.Promotion("to-production").Model(name).Version("1").Build())

		w.waitForPromotion(ctx, "to-production", v1alpha1.ReasonPromoted)
		Expect(w.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))
		Expect(elsewhere.getModel(ctx, name)).To(Equal(before))
	})
})
