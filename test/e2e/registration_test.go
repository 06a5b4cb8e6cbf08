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
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A run on a real MLflow", func() {
	It("is registered, promoted by the name of its object, replaced, and deleted with it", func(ctx SpecContext) {
		const name = "registered"
		w := newEnv(ctx, openServer)
		w.createObject(ctx, w.newConnection().PollInterval("1s").Build())
		w.createObject(ctx, newGatedModel(name).Build())
		w.createObject(ctx, builder.Promotion("registered").Model(name).FromModelVersion("april").Build())
		w.waitForPromotion(ctx, "registered", v1alpha1.ReasonVersionNotFound)

		By("registering it")
		april := w.logRun(ctx, "0.9")
		w.createObject(ctx, builder.ModelVersion("april").Model(name).Run(april).Description("Of April").
			Tag("trained_on", "news").Metric("human_rating", "4.2").DeletionPolicy(v1alpha1.VersionDeletionPolicyDelete).Build())
		w.waitForPromotion(ctx, "registered", v1alpha1.ReasonPromoted)
		v := w.waitForVersion(ctx, "april", v1alpha1.ReasonRegistered)
		Expect(v.Status.Version).To(BeEquivalentTo("1"))
		Expect(v.Status.RunID).To(Equal(april))
		model := w.getModel(ctx, name)
		Expect(model.Aliases).To(Equal(map[string]string{"champion": "1"}))
		newest := model.NewestVersion()
		Expect(newest.Source).To(Equal("runs:/" + april + "/model"))
		Expect(newest.Description).To(Equal("Of April"))
		Expect(newest.Tags).To(And(HaveKeyWithValue("trained_on", "news"), HaveKeyWithValue("human_rating", "4.2"),
			HaveKeyWithValue(v1alpha1.RegisteredByTag, HaveSuffix("/"+w.namespace+"/april/"+string(v.UID)))))

		By("registering the next one, from a logged model, and promoting it")
		run := w.logRun(ctx, "0.95")
		logged, err := w.user.CreateLoggedModel(ctx, w.experiment, run)
		Expect(err).NotTo(HaveOccurred())
		Expect(w.user.FinalizeLoggedModel(ctx, logged.ModelID)).To(Succeed())
		w.createObject(ctx, builder.ModelVersion("may").Model(name).LoggedModel(logged.ModelID).Build())
		w.waitForVersion(ctx, "may", v1alpha1.ReasonRegistered)
		patch := []byte(`{"spec":{"versionFrom":{"modelVersionRef":{"name":"may"}}}}`)
		p := &v1alpha1.ModelPromotion{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "registered"}}
		Expect(controlPlane.Client.Patch(ctx, p, client.RawPatch("application/merge-patch+json", patch))).To(Succeed())
		Eventually(func() map[string]string { return w.getModel(ctx, name).Aliases }).WithContext(ctx).
			Should(Equal(map[string]string{"champion": "2"}))
		w.waitForPromotion(ctx, "registered", v1alpha1.ReasonPromoted)

		By("registering a model that a run of MLflow 3 put out, by its run")
		third, err := w.user.CreateRun(ctx, w.experiment, nil)
		Expect(err).NotTo(HaveOccurred())
		id, err := w.user.LogModel(ctx, third, "model", 0)
		Expect(err).NotTo(HaveOccurred())
		w.createObject(ctx, builder.ModelVersion("june").Model(name).Run(third.RunID).Build())
		june := w.waitForVersion(ctx, "june", v1alpha1.ReasonRegistered)
		Expect(june.Status).To(And(HaveField("RunID", third.RunID), HaveField("LoggedModelID", id), HaveField("Source", "models:/"+id)))

		By("deleting the first one with its object")
		Expect(controlPlane.Client.Delete(ctx, v)).To(Succeed())
		Eventually(func() bool {
			return apierrors.IsNotFound(controlPlane.Client.Get(ctx, client.ObjectKeyFromObject(v), v))
		}).WithContext(ctx).Should(BeTrue())
		Expect(w.listEventNotes(ctx, "Deleted")).To(Equal([]string{"version 1 of model registered deleted in MLflow, as deletionPolicy says"}))
		Expect(w.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "2"}))
	})
})

// logRun is a run with an accuracy.
func (w *env) logRun(ctx SpecContext, accuracy string) string {
	GinkgoHelper()
	run, err := w.user.CreateRun(ctx, w.experiment, nil)
	Expect(err).NotTo(HaveOccurred())
	Expect(w.user.LogMetric(ctx, run.RunID, mlflowtest.Point{Key: "accuracy", Value: accuracy, Timestamp: 1})).To(Succeed())
	return run.RunID
}

// waitForVersion waits until a ModelVersion is Ready, or not, for a reason.
func (w *env) waitForVersion(ctx SpecContext, name, reason string) *v1alpha1.ModelVersion {
	GinkgoHelper()
	v := &v1alpha1.ModelVersion{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
	Eventually(func(g Gomega) {
		g.Expect(controlPlane.Client.Get(ctx, client.ObjectKeyFromObject(v), v)).To(Succeed())
		found := meta.FindStatusCondition(v.Status.Conditions, v1alpha1.ConditionReady)
		g.Expect(found).NotTo(BeNil())
		g.Expect(found.Reason).To(Equal(reason), "%+v", v.Status.Conditions)
		g.Expect(v.Status.ObservedGeneration).To(Equal(v.Generation))
	}).WithContext(ctx).Should(Succeed())
	return v
}
