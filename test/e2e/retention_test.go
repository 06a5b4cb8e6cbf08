// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

var _ = Describe("A model's end on a real MLflow", func() {
	It("sees its old versions archived, then deleted, and goes with its object", func(ctx SpecContext) {
		const name = "ending"
		w := newEnv(ctx, openServer)
		Expect(w.user.CreateModel(ctx, name, nil)).To(Succeed())
		for range 5 {
			w.trainVersion(ctx, name, "0.9")
		}
		Expect(w.user.SetAlias(ctx, name, "shadow", "2")).To(Succeed())
		w.createObject(ctx, w.newConnection().PollInterval("1s").Build())

		By("archiving what is old, but for what an alias or a promotion keeps")
		w.createObject(ctx, builder.Promotion(name).Model(name).Version("1").Build())
		w.createObject(ctx, builder.RegisteredModel(name).Stages(builder.Stage("production").Alias("champion")).
			Retention(builder.KeepLatest(1)).DeletionPolicy(v1alpha1.DeletionPolicyDelete).Build())
		w.waitForPromotion(ctx, name, v1alpha1.ReasonPromoted)
		w.waitForVersions(ctx, name, "1 None", "2 None", "3 Archived", "4 Archived", "5 None")
		Expect(w.getTag(ctx, name, "3", v1alpha1.ArchivedTag)).To(ContainSubstring(
			`"reason":"it is not among the newest 1, and nothing else keeps it","keepLatest":1,"time":"`))

		By("deleting instead")
		model := &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: name}}
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"retention":{"action":"Delete"}}}`))
		Expect(controlPlane.Client.Patch(ctx, model, patch)).To(Succeed())
		w.waitForVersions(ctx, name, "1 None", "2 None", "5 None")
		const why = " of model ending deleted in MLflow, as retention says: it is not among the newest 1, and nothing else keeps it"
		Eventually(w.listEventNotes).WithContext(ctx).WithArguments("VersionDeleted").
			Should(ConsistOf("version 3"+why, "version 4"+why))

		By("deleting the object")
		Expect(controlPlane.Client.Delete(ctx, model)).To(Succeed())
		Eventually(func() bool {
			return apierrors.IsNotFound(controlPlane.Client.Get(ctx, client.ObjectKeyFromObject(model), model))
		}).WithContext(ctx).Should(BeTrue())
		err := w.user.CallEndpoint(ctx, http.MethodGet, "registered-models/get", map[string]any{"name": name}, nil)
		answer, ok := errors.AsType[*mlflowtest.ResponseError](err)
		Expect(ok && answer.Status == http.StatusNotFound).To(BeTrue(), "%v", err)
		w.waitForPromotion(ctx, name, v1alpha1.ReasonModelNotReady)
	})
})

// waitForVersions waits until a model has these versions: NUMBER STAGE.
func (w *env) waitForVersions(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		var answer struct {
			Versions []entities.ModelVersion `json:"model_versions"`
		}
		args := map[string]any{"filter": "name = '" + name + "'", "order_by": "version_number ASC", "max_results": "100"}
		g.Expect(w.user.CallEndpoint(ctx, http.MethodGet, "model-versions/search", args, &answer)).To(Succeed())
		var all []string
		for _, v := range answer.Versions {
			all = append(all, v.Version+" "+v.CurrentStage)
		}
		g.Expect(all).To(Equal(want))
	}).WithContext(ctx).Should(Succeed())
}

// getTag is a tag of a version.
func (w *env) getTag(ctx SpecContext, name, version, key string) string {
	GinkgoHelper()
	var answer struct {
		Version entities.ModelVersion `json:"model_version"`
	}
	args := map[string]any{"name": name, "version": version}
	Expect(w.user.CallEndpoint(ctx, http.MethodGet, "model-versions/get", args, &answer)).To(Succeed())
	return answer.Version.Tags[key]
}
