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

var _ = Describe("A connection that namespaces share", func() {
	It("lends the platform team's account to whom it names, for what it names", func(ctx SpecContext) {
		const name = "shared-sentiment"
		w, other := newEnv(ctx, authenticatedServer), newEnv(ctx, authenticatedServer)
		w.user.Username, w.user.Password = adminName, adminPassword
		args := map[string]any{"username": sharedName, "password": firstPassword}
		Expect(w.user.CallEndpoint(ctx, http.MethodPost, "users/create", args, nil)).To(Succeed())
		secret := newLoginSecret(firstPassword)
		secret.Name, secret.Namespace, secret.StringData["username"] = "shared-login", manager.Namespace, sharedName
		Expect(controlPlane.Client.Create(ctx, secret)).To(Succeed())
		shared := builder.ClusterConnection("shared").FromConnection(w.newConnection().BasicAuth("shared-login").PollInterval("1s")).
			AllowedNamespaces(builder.NamespacesWithLabel("kubernetes.io/metadata.name", v1alpha1.LabelValue(w.namespace))).
			AllowedModel(builder.AllNamespaces(), "shared-.*").Build()
		Expect(controlPlane.Client.Create(ctx, shared)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(controlPlane.Client.Delete(ctx, shared)).To(Succeed()) })

		w.createObject(ctx, newGatedModel(name).ClusterConnection("shared").Build())
		w.createObject(ctx, builder.Promotion("shared").Model(name).Version("1").Build())
		w.waitForPromotion(ctx, "shared", v1alpha1.ReasonVersionNotFound)
		w.trainVersion(ctx, name, "0.9")
		w.waitForPromotion(ctx, "shared", v1alpha1.ReasonPromoted)
		Expect(w.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))

		By("a model of another name, and another namespace")
		w.createObject(ctx, newGatedModel("topics").ClusterConnection("shared").Build())
		w.createObject(ctx, builder.Promotion("topics").Model("topics").Version("1").Build())
		w.waitForPromotion(ctx, "topics", v1alpha1.ReasonForbidden)
		other.createObject(ctx, newGatedModel("shared-too").ClusterConnection("shared").Build())
		other.createObject(ctx, builder.Promotion("shared").Model("shared-too").Version("1").Build())
		other.waitForPromotion(ctx, "shared", v1alpha1.ReasonForbidden)

		By("putting the namespace out, which keeps what it has and gets nothing more")
		w.trainVersion(ctx, name, "0.95")
		before := shared.DeepCopy()
		shared.Spec.AllowedNamespaces = builder.Namespaces("nobody")
		Expect(controlPlane.Client.Patch(ctx, shared, client.MergeFrom(before))).To(Succeed())
		w.setVersion(ctx, "shared", "2")
		p := w.waitForPromotion(ctx, "shared", v1alpha1.ReasonForbidden)
		Expect(historyReasons(p)).To(Equal([]string{"Promoted 1"}))
		Expect(w.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))
	})
})
