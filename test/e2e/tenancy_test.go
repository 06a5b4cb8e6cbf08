// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
	"github.com/neuronews/mlflow-registry-operator/test/manager"
)

const sharedName = "the-platform"

var _ = Describe("A ClusterMLflowConnection", func() {
	It("shares an account with the namespaces that it allows, for the models that it allows", func(ctx SpecContext) {
		const name = "shared-sentiment"
		e, other := newEnv(ctx, authenticatedServer), newEnv(ctx, authenticatedServer)
		e.user.Username, e.user.Password = adminName, adminPassword
		args := map[string]any{"username": sharedName, "password": firstPassword}
		Expect(e.user.CallEndpoint(ctx, http.MethodPost, "users/create", args, nil)).To(Succeed())
		secret := newLoginSecret(firstPassword)
		secret.Name, secret.Namespace, secret.StringData["username"] = "shared-login", manager.Namespace, sharedName
		Expect(controlPlane.Client.Create(ctx, secret)).To(Succeed())
		shared := builder.ClusterConnection("shared").FromConnection(e.newConnection().BasicAuth("shared-login").PollInterval("1s")).
			AllowedNamespaces(builder.NamespacesWithLabel("kubernetes.io/metadata.name", v1alpha1.LabelValue(e.namespace))).
			AllowedModel(builder.AllNamespaces(), "shared-.*").Build()
		Expect(controlPlane.Client.Create(ctx, shared)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(controlPlane.Client.Delete(ctx, shared)).To(Succeed()) })

		e.createObject(ctx, newGatedModel(name).ClusterConnection("shared").Build())
		e.createObject(ctx, builder.Promotion("shared").Model(name).Version("1").Build())
		e.waitForPromotion(ctx, "shared", v1alpha1.ReasonVersionNotFound)
		e.trainVersion(ctx, name, "0.9")
		e.waitForPromotion(ctx, "shared", v1alpha1.ReasonPromoted)
		Expect(e.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))

		By("denying another model name and another namespace")
		e.createObject(ctx, newGatedModel("topics").ClusterConnection("shared").Build())
		e.createObject(ctx, builder.Promotion("topics").Model("topics").Version("1").Build())
		e.waitForPromotion(ctx, "topics", v1alpha1.ReasonForbidden)
		other.createObject(ctx, newGatedModel("shared-too").ClusterConnection("shared").Build())
		other.createObject(ctx, builder.Promotion("shared").Model("shared-too").Version("1").Build())
		other.waitForPromotion(ctx, "shared", v1alpha1.ReasonForbidden)

		By("revoking the access of the namespace, which keeps its aliases and gets no more")
		e.trainVersion(ctx, name, "0.95")
		before := shared.DeepCopy()
		shared.Spec.AllowedNamespaces = builder.Namespaces("another-namespace")
		Expect(controlPlane.Client.Patch(ctx, shared, client.MergeFrom(before))).To(Succeed())
		e.setVersion(ctx, "shared", "2")
		p := e.waitForPromotion(ctx, "shared", v1alpha1.ReasonForbidden)
		Expect(historyReasons(p)).To(Equal([]string{"Promoted 1"}))
		Expect(e.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))
	})
})

var _ = Describe("A workspace", func() {
	It("is the only workspace that its connection uses", func(ctx SpecContext) {
		const name = "shared-name"
		elsewhere, e := newEnv(ctx, openServer), newEnv(ctx, openServer)
		Expect(elsewhere.user.CreateModel(ctx, name, nil)).To(Succeed())
		elsewhere.trainVersion(ctx, name, "0.99")
		before := elsewhere.getModel(ctx, name)

		Expect(e.user.CreateWorkspace(ctx, "team-a")).To(Succeed())
		e.user.Workspace = "team-a"
		experiment, err := e.user.CreateExperiment(ctx, "of-the-team")
		Expect(err).NotTo(HaveOccurred())
		e.experiment = experiment
		Expect(e.user.CreateModel(ctx, name, nil)).To(Succeed())
		e.trainVersion(ctx, name, "0.9")
		e.createObject(ctx, e.newConnection().Workspace("team-a").Build())
		e.createObject(ctx, newGatedModel(name).Build())
		e.createObject(ctx, builder.Promotion("to-production").Model(name).Version("1").Build())

		e.waitForPromotion(ctx, "to-production", v1alpha1.ReasonPromoted)
		Expect(e.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))
		Expect(elsewhere.getModel(ctx, name)).To(Equal(before))
	})
})
