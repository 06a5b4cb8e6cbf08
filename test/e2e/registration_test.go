// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A run on a real MLflow", func() {
	It("is registered, promoted by the name of its object, replaced, and deleted with it", func(ctx SpecContext) {
		const name = "registered"
		e := newEnv(ctx, openServer)
		e.createObject(ctx, e.newConnection().PollInterval("1s").Build())
		e.createObject(ctx, newGatedModel(name).Build())
		e.createObject(ctx, builder.Promotion("registered").Model(name).FromModelVersion("april").Build())
		e.waitForPromotion(ctx, "registered", v1alpha1.ReasonVersionNotFound)

		By("registering the run")
		april := e.logRun(ctx, map[string]string{"accuracy": "0.9"})
		e.createObject(ctx, builder.ModelVersion("april").Model(name).Run(april).Description("Of April").
			Tag("trained_on", "news").Metric("human_rating", "4.2").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete).Build())
		e.waitForPromotion(ctx, "registered", v1alpha1.ReasonPromoted)
		v := e.waitForVersion(ctx, "april", v1alpha1.ReasonRegistered)
		Expect(v.Status.Version).To(BeEquivalentTo("1"))
		Expect(v.Status.RunID).To(Equal(april))
		model := e.getModel(ctx, name)
		Expect(model.Aliases).To(Equal(map[string]string{"champion": "1"}))
		newest := model.NewestVersion()
		Expect(newest.Source).To(Equal("runs:/" + april + "/model"))
		Expect(newest.Description).To(Equal("Of April"))
		Expect(newest.Tags).To(And(HaveKeyWithValue("trained_on", "news"), HaveKeyWithValue("human_rating", "4.2"),
			HaveKeyWithValue(v1alpha1.RegisteredByTag, HaveSuffix("/"+e.namespace+"/april/"+string(v.UID)))))

		By("registering the next version from a logged model, and promoting it")
		run := e.logRun(ctx, map[string]string{"accuracy": "0.95"})
		logged, err := e.user.CreateLoggedModel(ctx, e.experiment, run)
		Expect(err).NotTo(HaveOccurred())
		Expect(e.user.FinalizeLoggedModel(ctx, logged.ModelID)).To(Succeed())
		e.createObject(ctx, builder.ModelVersion("may").Model(name).LoggedModel(logged.ModelID).Build())
		e.waitForVersion(ctx, "may", v1alpha1.ReasonRegistered)
		patch := []byte(`{"spec":{"versionFrom":{"modelVersionRef":{"name":"may"}}}}`)
		p := &v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: "registered"}}
		Expect(controlPlane.Client.Patch(ctx, p, client.RawPatch("application/merge-patch+json", patch))).To(Succeed())
		Eventually(func() map[string]string { return e.getModel(ctx, name).Aliases }).WithContext(ctx).
			Should(Equal(map[string]string{"champion": "2"}))
		e.waitForPromotion(ctx, "registered", v1alpha1.ReasonPromoted)

		By("registering the output model of an MLflow 3 run by its run")
		third, err := e.user.CreateRun(ctx, e.experiment, nil)
		Expect(err).NotTo(HaveOccurred())
		id, err := e.user.LogModel(ctx, third, "model", 0)
		Expect(err).NotTo(HaveOccurred())
		e.createObject(ctx, builder.ModelVersion("june").Model(name).Run(third.RunID).Build())
		june := e.waitForVersion(ctx, "june", v1alpha1.ReasonRegistered)
		Expect(june.Status).To(And(HaveField("RunID", third.RunID), HaveField("LoggedModelID", id), HaveField("Source", "models:/"+id)))

		By("deleting the first version with its object")
		Expect(controlPlane.Client.Delete(ctx, v)).To(Succeed())
		Eventually(func() bool {
			return apierrors.IsNotFound(controlPlane.Client.Get(ctx, client.ObjectKeyFromObject(v), v))
		}).WithContext(ctx).Should(BeTrue())
		Expect(e.listEventNotes(ctx, "Deleted")).To(Equal([]string{"version 1 of model registered deleted in MLflow, as deletionPolicy says"}))
		Expect(e.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "2"}))
	})
})

// waitForVersion waits until the Ready condition of a ModelVersion has a reason.
func (e *env) waitForVersion(ctx SpecContext, name, reason string) *v1alpha1.ModelVersion {
	GinkgoHelper()
	v := &v1alpha1.ModelVersion{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
	Eventually(func(g Gomega) {
		g.Expect(controlPlane.Client.Get(ctx, client.ObjectKeyFromObject(v), v)).To(Succeed())
		found := meta.FindStatusCondition(v.Status.Conditions, v1alpha1.ConditionReady)
		g.Expect(found).NotTo(BeNil())
		g.Expect(found.Reason).To(Equal(reason), "%+v", v.Status.Conditions)
		g.Expect(v.Status.ObservedGeneration).To(Equal(v.Generation))
	}).WithContext(ctx).Should(Succeed())
	return v
}
