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
	"github.com/neuronews/mlflow-registry-operator/test/operator"
)

const sharedName = "the-platform"

var _ = Describe("A connection that namespaces share", func() {
	It("lends the platform team's account to whom it names, for what it names", func(ctx SpecContext) {
		const name = "shared-sentiment"
		w, other := newWorld(ctx, guarded), newWorld(ctx, guarded)
		w.user.Username, w.user.Password = adminName, adminPassword
		args := map[string]any{"username": sharedName, "password": firstPassword}
		Expect(w.user.Do(ctx, http.MethodPost, "users/create", args, nil)).To(Succeed())
		secret := login(firstPassword)
		secret.Name, secret.Namespace, secret.StringData["username"] = "shared-login", operator.Namespace, sharedName
		Expect(plane.Client.Create(ctx, secret)).To(Succeed())
		shared := builder.ClusterConnection("shared").Like(w.connection().Basic("shared-login").PollInterval("1s")).
			Allowed(builder.Labeled("kubernetes.io/metadata.name", v1alpha1.LabelValue(w.namespace))).
			Allow(builder.AllNamespaces(), "shared-.*").Build()
		Expect(plane.Client.Create(ctx, shared)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(plane.Client.Delete(ctx, shared)).To(Succeed()) })

		w.apply(ctx, gated(name).Shared("shared").Build())
		w.apply(ctx, builder.Promotion("shared").Model(name).Version("1").Build())
		w.shows(ctx, "shared", v1alpha1.ReasonVersionNotFound)
		w.train(ctx, name, "0.9")
		w.shows(ctx, "shared", v1alpha1.ReasonPromoted)
		Expect(w.model(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))

		By("a model of another name, and another namespace")
		w.apply(ctx, gated("topics").Shared("shared").Build())
		w.apply(ctx, builder.Promotion("topics").Model("topics").Version("1").Build())
		w.shows(ctx, "topics", v1alpha1.ReasonNotAllowed)
		other.apply(ctx, gated("shared-too").Shared("shared").Build())
		other.apply(ctx, builder.Promotion("shared").Model("shared-too").Version("1").Build())
		other.shows(ctx, "shared", v1alpha1.ReasonNotAllowed)

		By("putting the namespace out, which keeps what it has and gets nothing more")
		w.train(ctx, name, "0.95")
		before := shared.DeepCopy()
		shared.Spec.AllowedNamespaces = builder.Namespaces("nobody")
		Expect(plane.Client.Patch(ctx, shared, client.MergeFrom(before))).To(Succeed())
		w.want(ctx, "shared", "2")
		p := w.shows(ctx, "shared", v1alpha1.ReasonNotAllowed)
		Expect(causes(p)).To(Equal([]string{"Promoted 1"}))
		Expect(w.model(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))
	})
})
