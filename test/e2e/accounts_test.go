// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"errors"
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	operatorName = "the-operator"
	personName   = "a-person"
	// Passwords of accounts that exist only during the test.
	firstPassword  = "the first long password"
	secondPassword = "the second long password"
)

// By MLflow's default, an account can read everything, and can manage the models that it created.
var _ = Describe("An MLflow with accounts", func() {
	It("lets only the operator move aliases, also after a change of its password", func(ctx SpecContext) {
		const name = "guarded"
		e := newEnv(ctx, authenticatedServer)
		e.user.Username, e.user.Password = adminName, adminPassword
		for _, account := range []string{operatorName, personName} {
			args := map[string]any{"username": account, "password": firstPassword}
			Expect(e.user.CallEndpoint(ctx, http.MethodPost, "users/create", args, nil)).To(Succeed())
		}
		e.createObject(ctx, newLoginSecret(firstPassword))
		// With this interval, the operator polls the registry once, and later only on request.
		e.createObject(ctx, e.newConnection().BasicAuth("mlflow-login").PollInterval("1h").Build())
		e.createObject(ctx, newGatedModel(name).Build())
		e.createObject(ctx, builder.Promotion("guarded").Model(name).Version("1").Build())
		e.waitForPromotion(ctx, "guarded", v1alpha1.ReasonVersionNotFound)

		By("promoting a version that another account registered")
		e.trainVersion(ctx, name, "0.9")
		e.trainVersion(ctx, name, "0.95")
		e.requestReconcile(ctx)
		e.waitForPromotion(ctx, "guarded", v1alpha1.ReasonPromoted)

		By("rejecting an alias change by a person")
		person := &mlflowtest.User{URL: e.user.URL, Username: personName, Password: firstPassword}
		err := person.SetAlias(ctx, name, "champion", "2")
		rejected, ok := errors.AsType[*mlflowtest.ResponseError](err)
		Expect(ok).To(BeTrue(), "%v", err)
		Expect(rejected.Status).To(Equal(http.StatusForbidden))
		Expect(e.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "1"}))

		By("changing the password and the Secret")
		args := map[string]any{"username": operatorName, "password": secondPassword}
		Expect(e.user.CallEndpoint(ctx, http.MethodPatch, "users/update-password", args, nil)).To(Succeed())
		Expect(controlPlane.Client.Update(ctx, e.withNamespace(newLoginSecret(secondPassword)))).To(Succeed())
		e.setVersion(ctx, "guarded", "2")
		e.waitForPromotion(ctx, "guarded", v1alpha1.ReasonPromoted)
		Expect(e.getModel(ctx, name).Aliases).To(Equal(map[string]string{"champion": "2"}))
	})
})

func newLoginSecret(password string) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "mlflow-login"},
		StringData: map[string]string{"username": operatorName, "password": password},
	}
}

func (e *env) withNamespace(secret *corev1.Secret) *corev1.Secret {
	secret.Namespace = e.namespace
	return secret
}
