// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package shared

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
	"github.com/neuronews/mlflow-registry-operator/test/builder"

	"github.com/neuronews/mlflow-registry-operator/test/integration/env"
)

// inOperatorNamespace creates a Secret or a ConfigMap in the operator's namespace.
func inOperatorNamespace[T interface {
	SetNamespace(namespace string)
	SetName(name string)
}](e *env.Env, obj T) T {
	obj.SetNamespace(env.OperatorNamespace)
	obj.SetName(e.SharedConnection)
	return obj
}

var _ = Describe("The credentials of a shared connection", func() {
	It("come from the operator's namespace, not from a Secret of the same name elsewhere", func(ctx SpecContext) {
		e, _ := env.NewAuthenticated(ctx, "s3cret")
		By("creating a valid Secret of that name in the namespace of the model")
		namesake := env.NewLoginSecret("s3cret")
		namesake.Name = e.Namespace
		e.CreateObject(ctx, namesake)
		createSharedConnection(ctx, e, e.NewConnection().BasicAuth(e.Namespace))
		e.CreateObject(ctx, builder.RegisteredModel(env.ModelName).ClusterConnection(e.SharedConnection))
		missing := "there is no Secret " + env.OperatorNamespace + "/" + e.SharedConnection + ": create it"
		e.WaitForSharedConnection(ctx, env.InvalidSharedCredentialsConditions("Reconciling", "InvalidCredentials", missing)...)
		e.WaitForModel(ctx, env.ConnectionNotReadyConditions("InvalidCredentials", missing)...)
		Expect(e.MLflow.Calls()).To(BeEmpty())

		By("creating the Secret with another account")
		own := env.NewLoginSecret("s4cret")
		own.StringData["username"] = "successor"
		Expect(env.ControlPlane.Client.Create(ctx, inOperatorNamespace(e, own))).To(Succeed())
		e.WaitForSharedConnection(ctx, reachableSharedConditions(e,
			"basic credentials were read from Secret "+env.OperatorNamespace+"/"+e.SharedConnection)...)
		e.WaitForModel(ctx, env.SyncedConditions(env.ModelName)...)
		for _, call := range e.MLflow.Calls() {
			Expect(call.Username).NotTo(Equal("operator"))
		}
		Expect(e.ReadAllOutput(ctx)).NotTo(ContainSubstring("s4cret"))
	})

	It("have their CA in the operator's namespace", func(ctx SpecContext) {
		e := env.New(ctx, mlflowtest.Options{TLS: true})
		namesake := env.NewCAConfigMap(e.MLflow.CertificatePEM())
		namesake.Name = e.Namespace
		e.CreateObject(ctx, namesake)
		createSharedConnection(ctx, e, e.NewConnection().CAConfigMap(e.Namespace))
		name := env.OperatorNamespace + "/" + e.SharedConnection
		e.WaitForSharedConnection(ctx, env.InvalidSharedCredentialsConditions("Reconciling", "InvalidCredentials",
			"there is no ConfigMap "+name+": create it")...)
		empty := inOperatorNamespace(e, env.NewCAConfigMap(nil))
		Expect(env.ControlPlane.Client.Create(ctx, empty)).To(Succeed())
		e.WaitForSharedConnection(ctx, env.InvalidSharedCredentialsConditions("Stalled", "InvalidCredentials",
			"ConfigMap "+name+" has no key ca.crt, or it is empty: set it")...)
		empty.Data["ca.crt"] = string(e.MLflow.CertificatePEM())
		Expect(env.ControlPlane.Client.Update(ctx, empty)).To(Succeed())
		e.WaitForSharedConnection(ctx, reachableSharedConditions(e, env.AnonymousMessage)...)
	})

	It("are invalid if the operator does not know its namespace", func(ctx SpecContext) {
		env.RestartOperatorWith(func(o *env.OperatorOptions) { o.Namespace = "" })
		e, _ := env.NewAuthenticated(ctx, "s3cret")
		createSharedConnection(ctx, e, e.NewConnection().BasicAuth("login"))
		e.WaitForSharedConnection(ctx, env.InvalidSharedCredentialsConditions("Stalled", "InvalidCredentials",
			"the operator does not know its own namespace, where Secret login would be: set POD_NAMESPACE in its environment")...)
		env.EditObject(ctx, e.SharedConnectionObject(), func(c *v1alpha1.ClusterMLflowConnection) {
			c.Spec.Auth, c.Spec.TLS = nil, &v1alpha1.TLS{CARef: &v1alpha1.LocalReference{Name: "ca"}}
		})
		e.WaitForSharedConnection(ctx, env.InvalidSharedCredentialsConditions("Stalled", "InvalidCredentials",
			"the operator does not know its own namespace, where ConfigMap ca would be: set POD_NAMESPACE in its environment")...)
		Expect(e.MLflow.Calls()).To(BeEmpty())
	})
})
