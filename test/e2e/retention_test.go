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

var _ = Describe("A model with retention on a real MLflow", func() {
	It("has its old versions archived, then deleted, and is deleted with its object", func(ctx SpecContext) {
		const name = "ending"
		e := newEnv(ctx, openServer)
		Expect(e.user.CreateModel(ctx, name, nil)).To(Succeed())
		for range 5 {
			e.trainVersion(ctx, name, "0.9")
		}
		Expect(e.user.SetAlias(ctx, name, "shadow", "2")).To(Succeed())
		e.createObject(ctx, e.newConnection().PollInterval("1s").Build())

		By("archiving old versions, except those that an alias or a promotion keeps")
		e.createObject(ctx, builder.Promotion(name).Model(name).Version("1").Build())
		e.createObject(ctx, builder.RegisteredModel(name).Stages(builder.Stage("production").Alias("champion")).
			Retention(builder.KeepLatest(1)).DeletionPolicy(v1alpha1.DeletionPolicyDelete).Build())
		e.waitForPromotion(ctx, name, v1alpha1.ReasonPromoted)
		e.waitForVersions(ctx, name, "1 None", "2 None", "3 Archived", "4 Archived", "5 None")
		Expect(e.getTag(ctx, name, "3", v1alpha1.ArchivedTag)).To(ContainSubstring(
			`"reason":"it is not among the newest 1, and nothing else keeps it","keepLatest":1,"time":"`))

		By("deleting old versions")
		model := &v1alpha1.RegisteredModel{ObjectMeta: metav1.ObjectMeta{Namespace: e.namespace, Name: name}}
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"retention":{"action":"Delete"}}}`))
		Expect(controlPlane.Client.Patch(ctx, model, patch)).To(Succeed())
		e.waitForVersions(ctx, name, "1 None", "2 None", "5 None")
		const why = " of model ending deleted in MLflow, as retention says: it is not among the newest 1, and nothing else keeps it"
		Eventually(e.listEventNotes).WithContext(ctx).WithArguments("VersionDeleted").
			Should(ConsistOf("version 3"+why, "version 4"+why))

		By("deleting the object")
		Expect(controlPlane.Client.Delete(ctx, model)).To(Succeed())
		Eventually(func() bool {
			return apierrors.IsNotFound(controlPlane.Client.Get(ctx, client.ObjectKeyFromObject(model), model))
		}).WithContext(ctx).Should(BeTrue())
		err := e.user.CallEndpoint(ctx, http.MethodGet, "registered-models/get", map[string]any{"name": name}, nil)
		response, ok := errors.AsType[*mlflowtest.ResponseError](err)
		Expect(ok && response.Status == http.StatusNotFound).To(BeTrue(), "%v", err)
		e.waitForPromotion(ctx, name, v1alpha1.ReasonModelNotReady)
	})
})

// waitForVersions waits until a model has exactly these versions: NUMBER STAGE.
func (e *env) waitForVersions(ctx SpecContext, name string, want ...string) {
	GinkgoHelper()
	Eventually(func(g Gomega) {
		var response struct {
			Versions []entities.ModelVersion `json:"model_versions"`
		}
		args := map[string]any{"filter": "name = '" + name + "'", "order_by": "version_number ASC", "max_results": "100"}
		g.Expect(e.user.CallEndpoint(ctx, http.MethodGet, "model-versions/search", args, &response)).To(Succeed())
		var got []string
		for _, v := range response.Versions {
			got = append(got, v.Version+" "+v.CurrentStage)
		}
		g.Expect(got).To(Equal(want))
	}).WithContext(ctx).Should(Succeed())
}
