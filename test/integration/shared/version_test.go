// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package shared

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

var _ = Describe("A ModelVersion on a shared connection", func() {
	It("is registered only if its namespace is allowed to have the model", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		Expect(v.Status.Connection).To(HaveValue(Equal(v1alpha1.ConnectionReference{
			Kind: v1alpha1.ConnectionKindCluster, Name: v1alpha1.ObjectName(e.SharedConnection),
		})))

		By("denying the namespace")
		allowNamespaces(ctx, e, missingNamespaceSelection())
		e.WaitForVersion(ctx, env.UnregisteredConditions("Stalled", "Forbidden", namespaceNotAllowedMessage(e))...)
		e.MLflow.ResetCalls()
		e.CreateObject(ctx, builder.ModelVersion("may").URI("s3://models/may"))
		env.WaitForConditions(ctx, e.VersionObject("may"), env.UnregisteredConditions("Stalled", "Forbidden", namespaceNotAllowedMessage(e))...)
		e.EditVersion(ctx, func(v *v1alpha1.ModelVersion) { v.Spec.Tags = map[string]v1alpha1.TagValue{"a": "1"} })
		e.DeleteObject(ctx, e.VersionObject(env.April))
		Eventually(func(g Gomega) {
			g.Expect(env.ControlPlane.Client.Get(ctx, env.ObjectKey(v), v)).To(Succeed())
			g.Expect(env.ConditionLines(v)[0]).To(HavePrefix("Ready=False Forbidden: " + namespaceNotAllowedMessage(e) +
				"; the deletion waits for it"))
		}).WithContext(ctx).Should(Succeed())
		e.ExpectNoWrites()
		Expect(e.MLflow.Version(env.ModelName, "1")).NotTo(BeNil())

		By("allowing the namespace again")
		allowNamespaces(ctx, e, ownNamespaceSelection(e))
		e.WaitForDeleted(ctx, v)
		env.WaitForConditions(ctx, e.VersionObject("may"), env.RegisteredConditions("2")...)
		Expect(e.VersionsBySource()).To(Equal(map[string]string{"2": "s3://models/may"}))
	})

	It("deletes its version after its RegisteredModel was deleted, and orphans it after the connection was deleted", func(ctx SpecContext) {
		e := newSharedEnv(ctx)
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection))
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		v := e.CreateRegisteredVersion(ctx, builder.ModelVersion(env.April).DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		e.CreateObject(ctx, builder.ModelVersion("may").URI("s3://models/may").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete))
		may := env.WaitForConditions(ctx, e.VersionObject("may"), env.RegisteredConditions("2")...)
		Expect(env.ControlPlane.Client.Delete(ctx, e.ModelObject(env.ModelName))).To(Succeed())
		e.DeleteObject(ctx, v)
		e.WaitForDeleted(ctx, v)
		Expect(e.VersionsBySource()).To(Equal(map[string]string{"2": "s3://models/may"}))

		By("deleting the connection, too")
		Expect(env.ControlPlane.Client.Delete(ctx, e.SharedConnectionObject())).To(Succeed())
		Eventually(func() bool { return env.Provider.State(e.ConnectionKey()).Known }).WithContext(ctx).Should(BeFalse())
		e.DeleteObject(ctx, may)
		e.WaitForDeleted(ctx, may)
		Expect(e.VersionsBySource()).To(HaveKey("2"))
		e.WaitForVersionEvents(ctx, "may", env.RegisteredEvent("2", "s3://models/may"),
			"Warning Orphaned: version 2 of model sentiment is left in MLflow as it is: "+
				"there is no ClusterMLflowConnection "+e.SharedConnection+" any more")
	})
})
