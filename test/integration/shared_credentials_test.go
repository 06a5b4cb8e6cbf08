// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package integration

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// inOperatorNamespace puts a Secret or a ConfigMap where the operator is.
func inOperatorNamespace[T interface {
	SetNamespace(namespace string)
	SetName(name string)
}](w *env, obj T) T {
	obj.SetNamespace(operatorNamespace)
	obj.SetName(w.shared)
	return obj
}

var _ = Describe("The credentials of a shared connection", func() {
	It("are those in the operator's namespace, and never those of a namesake", func(ctx SpecContext) {
		w, _ := newAuthenticatedEnv(ctx, "s3cret")
		By("having a Secret of that name, which the server would take, in the namespace of the model")
		namesake := newLoginSecret("s3cret")
		namesake.Name = w.namespace
		w.createObject(ctx, namesake)
		w.createSharedConnection(ctx, w.newConnection().BasicAuth(w.namespace))
		w.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(w.shared))
		missing := "there is no Secret " + operatorNamespace + "/" + w.shared + ": create it"
		waitForConditions(ctx, w.sharedConnectionObject(), invalidSharedCredentialsConditions("Reconciling", "InvalidCredentials", missing)...)
		waitForConditions(ctx, w.modelObject(modelName), connectionNotReadyConditions("InvalidCredentials", missing)...)
		Expect(w.mlflow.Calls()).To(BeEmpty())

		By("creating the Secret, of another account")
		own := newLoginSecret("s4cret")
		own.StringData["username"] = "successor"
		Expect(controlPlane.Client.Create(ctx, inOperatorNamespace(w, own))).To(Succeed())
		waitForConditions(ctx, w.sharedConnectionObject(), reachableSharedConditions(w, "basic credentials were read from Secret "+operatorNamespace+"/"+w.shared)...)
		waitForConditions(ctx, w.modelObject(modelName), syncedConditions(modelName)...)
		for _, call := range w.mlflow.Calls() {
			Expect(call.Username).NotTo(Equal("operator"))
		}
		Expect(w.readAllOutput(ctx)).NotTo(ContainSubstring("s4cret"))
	})

	It("have their authorities in the operator's namespace, too", func(ctx SpecContext) {
		w := newEnv(ctx, mlflowtest.Options{TLS: true})
		namesake := newCAConfigMap(w.mlflow.CertificatePEM())
		namesake.Name = w.namespace
		w.createObject(ctx, namesake)
		w.createSharedConnection(ctx, w.newConnection().CAConfigMap(w.namespace))
		name := operatorNamespace + "/" + w.shared
		waitForConditions(ctx, w.sharedConnectionObject(), invalidSharedCredentialsConditions("Reconciling", "InvalidCredentials", "there is no ConfigMap "+name+": create it")...)
		empty := inOperatorNamespace(w, newCAConfigMap(nil))
		Expect(controlPlane.Client.Create(ctx, empty)).To(Succeed())
		waitForConditions(ctx, w.sharedConnectionObject(), invalidSharedCredentialsConditions("Stalled", "InvalidCredentials",
			"ConfigMap "+name+" has no key ca.crt, or it is empty: set it")...)
		empty.Data["ca.crt"] = string(w.mlflow.CertificatePEM())
		Expect(controlPlane.Client.Update(ctx, empty)).To(Succeed())
		waitForConditions(ctx, w.sharedConnectionObject(), reachableSharedConditions(w, anonymous)...)
	})

	It("are nowhere, for an operator that does not know where it is", func(ctx SpecContext) {
		foundNamespace = ""
		restartOperator(controlPlane.Config)
		DeferCleanup(func() {
			foundNamespace = operatorNamespace
			restartOperator(controlPlane.Config)
		})
		w, _ := newAuthenticatedEnv(ctx, "s3cret")
		w.createSharedConnection(ctx, w.newConnection().BasicAuth("login"))
		waitForConditions(ctx, w.sharedConnectionObject(), invalidSharedCredentialsConditions("Stalled", "InvalidCredentials",
			"the operator does not know its own namespace, where Secret login would be: set POD_NAMESPACE in its environment")...)
		editObject(ctx, w.sharedConnectionObject(), func(c *v1alpha1.ClusterMLflowConnection) {
			c.Spec.Auth, c.Spec.TLS = nil, &v1alpha1.TLS{CARef: &v1alpha1.LocalReference{Name: "ca"}}
		})
		waitForConditions(ctx, w.sharedConnectionObject(), invalidSharedCredentialsConditions("Stalled", "InvalidCredentials",
			"the operator does not know its own namespace, where ConfigMap ca would be: set POD_NAMESPACE in its environment")...)
		Expect(w.mlflow.Calls()).To(BeEmpty())
	})
})
