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
		w := newSharedEnv(ctx)
		w.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(w.shared))
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		Expect(v.Status.Connection).To(HaveValue(Equal(v1alpha1.ConnectionReference{
			Kind: v1alpha1.ConnectionKindCluster, Name: v1alpha1.ObjectName(w.shared),
		})))

		By("putting the namespace out")
		w.allowNamespaces(ctx, selectMissingNamespace())
		waitForConditions(ctx, w.versionObject(april), unregisteredConditions("Stalled", "Forbidden", w.namespaceNotAllowedMessage())...)
		w.mlflow.ResetCalls()
		w.createObject(ctx, builder.ModelVersion("may").URI("s3://models/may"))
		waitForConditions(ctx, w.versionObject("may"), unregisteredConditions("Stalled", "Forbidden", w.namespaceNotAllowedMessage())...)
		editObject(ctx, w.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1"} })
		w.deleteObject(ctx, w.versionObject(april))
		Eventually(func(g Gomega) {
			g.Expect(controlPlane.Client.Get(ctx, keyOf(v), v)).To(Succeed())
			g.Expect(conditionLines(v)[0]).To(HavePrefix("Ready=False Forbidden: " + w.namespaceNotAllowedMessage() + "; the deletion waits for it"))
		}).WithContext(ctx).Should(Succeed())
		w.expectNoWrites()
		Expect(w.mlflow.Version(modelName, "1")).NotTo(BeNil())

		By("letting it in again")
		w.allowNamespaces(ctx, w.selectNamespace())
		w.waitForDeleted(ctx, v)
		waitForConditions(ctx, w.versionObject("may"), registeredConditions("2")...)
		Expect(w.versionsBySource()).To(Equal(map[string]string{"2": "s3://models/may"}))
	})

	It("is deleted with its version where its RegisteredModel went first, and left where the connection did", func(ctx SpecContext) {
		w := newSharedEnv(ctx)
		w.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(w.shared))
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		v := w.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		w.createObject(ctx, builder.ModelVersion("may").URI("s3://models/may").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		may := waitForConditions(ctx, w.versionObject("may"), registeredConditions("2")...)
		Expect(controlPlane.Client.Delete(ctx, w.modelObject(modelName))).To(Succeed())
		w.deleteObject(ctx, v)
		w.waitForDeleted(ctx, v)
		Expect(w.versionsBySource()).To(Equal(map[string]string{"2": "s3://models/may"}))

		By("deleting the connection, too")
		Expect(controlPlane.Client.Delete(ctx, w.sharedConnectionObject())).To(Succeed())
		Eventually(func() bool { return provider.State(w.connectionKey()).Known }).WithContext(ctx).Should(BeFalse())
		w.deleteObject(ctx, may)
		w.waitForDeleted(ctx, may)
		Expect(w.versionsBySource()).To(HaveKey("2"))
		w.waitForVersionEvents(ctx, "may", registeredEvent("2", "s3://models/may"),
			"Warning Orphaned: version 2 of model sentiment is left in MLflow as it is: there is no ClusterMLflowConnection "+w.shared+" any more")
	})
})
