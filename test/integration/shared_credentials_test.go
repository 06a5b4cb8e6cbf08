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
}](e *env, obj T) T {
	obj.SetNamespace(operatorNamespace)
	obj.SetName(e.sharedConnection)
	return obj
}

var _ = Describe("The credentials of a shared connection", func() {
	It("are those in the operator's namespace, and never those of a namesake", func(ctx SpecContext) {
		e, _ := newAuthenticatedEnv(ctx, "s3cret")
		By("having a Secret of that name, which the server would take, in the namespace of the model")
		namesake := newLoginSecret("s3cret")
		namesake.Name = e.namespace
		e.createObject(ctx, namesake)
		e.createSharedConnection(ctx, e.newConnection().BasicAuth(e.namespace))
		e.createObject(ctx, builder.RegisteredModel(modelName).ClusterConnection(e.sharedConnection))
		missing := "there is no Secret " + operatorNamespace + "/" + e.sharedConnection + ": create it"
		waitForConditions(ctx, e.sharedConnectionObject(), invalidSharedCredentialsConditions("Reconciling", "InvalidCredentials", missing)...)
		waitForConditions(ctx, e.modelObject(modelName), connectionNotReadyConditions("InvalidCredentials", missing)...)
		Expect(e.mlflow.Calls()).To(BeEmpty())

		By("creating the Secret, of another account")
		own := newLoginSecret("s4cret")
		own.StringData["username"] = "successor"
		Expect(controlPlane.Client.Create(ctx, inOperatorNamespace(e, own))).To(Succeed())
		waitForConditions(ctx, e.sharedConnectionObject(), reachableSharedConditions(e, "basic credentials were read from Secret "+operatorNamespace+"/"+e.sharedConnection)...)
		waitForConditions(ctx, e.modelObject(modelName), syncedConditions(modelName)...)
		for _, call := range e.mlflow.Calls() {
			Expect(call.Username).NotTo(Equal("operator"))
		}
		Expect(e.readAllOutput(ctx)).NotTo(ContainSubstring("s4cret"))
	})

	It("have their authorities in the operator's namespace, too", func(ctx SpecContext) {
		e := newEnv(ctx, mlflowtest.Options{TLS: true})
		namesake := newCAConfigMap(e.mlflow.CertificatePEM())
		namesake.Name = e.namespace
		e.createObject(ctx, namesake)
		e.createSharedConnection(ctx, e.newConnection().CAConfigMap(e.namespace))
		name := operatorNamespace + "/" + e.sharedConnection
		waitForConditions(ctx, e.sharedConnectionObject(), invalidSharedCredentialsConditions("Reconciling", "InvalidCredentials", "there is no ConfigMap "+name+": create it")...)
		empty := inOperatorNamespace(e, newCAConfigMap(nil))
		Expect(controlPlane.Client.Create(ctx, empty)).To(Succeed())
		waitForConditions(ctx, e.sharedConnectionObject(), invalidSharedCredentialsConditions("Stalled", "InvalidCredentials",
			"ConfigMap "+name+" has no key ca.crt, or it is empty: set it")...)
		empty.Data["ca.crt"] = string(e.mlflow.CertificatePEM())
		Expect(controlPlane.Client.Update(ctx, empty)).To(Succeed())
		waitForConditions(ctx, e.sharedConnectionObject(), reachableSharedConditions(e, anonymousMessage)...)
	})

	It("are nowhere, for an operator that does not know where it is", func(ctx SpecContext) {
		detectedNamespace = ""
		restartOperator(controlPlane.Config)
		DeferCleanup(func() {
			detectedNamespace = operatorNamespace
			restartOperator(controlPlane.Config)
		})
		e, _ := newAuthenticatedEnv(ctx, "s3cret")
		e.createSharedConnection(ctx, e.newConnection().BasicAuth("login"))
		waitForConditions(ctx, e.sharedConnectionObject(), invalidSharedCredentialsConditions("Stalled", "InvalidCredentials",
			"the operator does not know its own namespace, where Secret login would be: set POD_NAMESPACE in its environment")...)
		editObject(ctx, e.sharedConnectionObject(), func(c *v1alpha1.ClusterMLflowConnection) {
			c.Spec.Auth, c.Spec.TLS = nil, &v1alpha1.TLS{CARef: &v1alpha1.LocalReference{Name: "ca"}}
		})
		waitForConditions(ctx, e.sharedConnectionObject(), invalidSharedCredentialsConditions("Stalled", "InvalidCredentials",
			"the operator does not know its own namespace, where ConfigMap ca would be: set POD_NAMESPACE in its environment")...)
		Expect(e.mlflow.Calls()).To(BeEmpty())
	})
})
