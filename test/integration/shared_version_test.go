// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A ModelVersion on a connection that namespaces share", func() {
	It("is registered where its model may be there, and nothing is done for it elsewhere", func(ctx SpecContext) {
		w := sharing(ctx)
		w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared))
		shows(ctx, w.model(modelName), synced(modelName)...)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionDelete))
		Expect(v.Status.Connection).To(HaveValue(Equal(v1alpha1.ConnectionReference{
			Kind: v1alpha1.ConnectionKindCluster, Name: v1alpha1.ObjectName(w.shared),
		})))

		By("putting the namespace out")
		w.allows(ctx, nobody())
		shows(ctx, w.version(april), unregistered("Stalled", "NotAllowed", w.noNamespace())...)
		w.mlflow.Reset()
		w.apply(ctx, builder.ModelVersion("may").URI("s3://models/may"))
		shows(ctx, w.version("may"), unregistered("Stalled", "NotAllowed", w.noNamespace())...)
		edit(ctx, w.version(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1"} })
		w.remove(ctx, w.version(april))
		Eventually(func(g Gomega) {
			g.Expect(plane.Client.Get(ctx, key(v), v)).To(Succeed())
			g.Expect(lines(v)[0]).To(HavePrefix("Ready=False NotAllowed: " + w.noNamespace() + "; the deletion waits for it"))
		}).WithContext(ctx).Should(Succeed())
		w.wroteNothing()
		Expect(w.mlflow.Version(modelName, "1")).NotTo(BeNil())

		By("letting it in again")
		w.allows(ctx, w.itself())
		w.isGone(ctx, v)
		shows(ctx, w.version("may"), registeredVersion("2")...)
		Expect(w.numbers()).To(Equal(map[string]string{"2": "s3://models/may"}))
	})

	It("is deleted with its version where its RegisteredModel went first, and left where the connection did", func(ctx SpecContext) {
		w := sharing(ctx)
		w.apply(ctx, builder.RegisteredModel(modelName).Shared(w.shared))
		shows(ctx, w.model(modelName), synced(modelName)...)
		v := w.isRegistered(ctx, builder.ModelVersion(april).Deletion(v1alpha1.VersionDelete))
		w.apply(ctx, builder.ModelVersion("may").URI("s3://models/may").Deletion(v1alpha1.VersionDelete))
		may := shows(ctx, w.version("may"), registeredVersion("2")...)
		Expect(plane.Client.Delete(ctx, w.model(modelName))).To(Succeed())
		w.remove(ctx, v)
		w.isGone(ctx, v)
		Expect(w.numbers()).To(Equal(map[string]string{"2": "s3://models/may"}))

		By("deleting the connection, too")
		Expect(plane.Client.Delete(ctx, w.theShared())).To(Succeed())
		Eventually(func() bool { return provider.State(w.key()).Known }).WithContext(ctx).Should(BeFalse())
		w.remove(ctx, may)
		w.isGone(ctx, may)
		Expect(w.numbers()).To(HaveKey("2"))
		w.tellsOfVersion(ctx, "may", registeredFrom("2", "s3://models/may"),
			"Warning Left: version 2 of model sentiment is left in MLflow as it is: there is no ClusterMLflowConnection "+w.shared+" any more")
	})
})
