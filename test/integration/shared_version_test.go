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
		e := newSharedEnv(ctx)
		e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		Expect(v.Status.Connection).To(HaveValue(Equal(v1alpha1.ConnectionReference{
			Kind: v1alpha1.ConnectionKindCluster, Name: v1alpha1.ObjectName(e.sharedConnection),
		})))

		By("putting the namespace out")
		e.allowNamespaces(ctx, missingNamespaceSelection())
		waitForConditions(ctx, e.versionObject(april), unregisteredConditions("Stalled", "Forbidden", e.namespaceNotAllowedMessage())...)
		e.mlflow.ResetCalls()
		e.createObject(ctx, builder.ModelVersion("may").URI("s3://models/may"))
		waitForConditions(ctx, e.versionObject("may"), unregisteredConditions("Stalled", "Forbidden", e.namespaceNotAllowedMessage())...)
		editObject(ctx, e.versionObject(april), func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1"} })
		e.deleteObject(ctx, e.versionObject(april))
		Eventually(func(g Gomega) {
			g.Expect(controlPlane.Client.Get(ctx, objectKey(v), v)).To(Succeed())
			g.Expect(conditionLines(v)[0]).To(HavePrefix("Ready=False Forbidden: " + e.namespaceNotAllowedMessage() + "; the deletion waits for it"))
		}).WithContext(ctx).Should(Succeed())
		e.expectNoWrites()
		Expect(e.mlflow.Version(modelName, "1")).NotTo(BeNil())

		By("letting it in again")
		e.allowNamespaces(ctx, e.ownNamespaceSelection())
		e.waitForDeleted(ctx, v)
		waitForConditions(ctx, e.versionObject("may"), registeredConditions("2")...)
		Expect(e.versionsBySource()).To(Equal(map[string]string{"2": "s3://models/may"}))
	})

	It("is deleted with its version where its RegisteredModel went first, and left where the connection did", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection))
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		v := e.createRegisteredVersion(ctx, builder.ModelVersion(april).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		e.createObject(ctx, builder.ModelVersion("may").URI("s3://models/may").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		may := waitForConditions(ctx, e.versionObject("may"), registeredConditions("2")...)
		Expect(controlPlane.Client.Delete(ctx, e.modelObject(modelName))).To(Succeed())
		e.deleteObject(ctx, v)
		e.waitForDeleted(ctx, v)
		Expect(e.versionsBySource()).To(Equal(map[string]string{"2": "s3://models/may"}))

		By("deleting the connection, too")
		Expect(controlPlane.Client.Delete(ctx, e.sharedConnectionObject())).To(Succeed())
		Eventually(func() bool { return provider.State(e.connectionKey()).Known }).WithContext(ctx).Should(BeFalse())
		e.deleteObject(ctx, may)
		e.waitForDeleted(ctx, may)
		Expect(e.versionsBySource()).To(HaveKey("2"))
		e.waitForVersionEvents(ctx, "may", registeredEvent("2", "s3://models/may"),
			"Warning Orphaned: version 2 of model sentiment is left in MLflow as it is: there is no ClusterMLflowConnection "+e.sharedConnection+" any more")
	})
})
