// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package simulation

import (
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const className = "standard"

// getClass is the class that the model may name; nil when there is none.
func (e *env) getClass() *v1alpha1.ModelClass {
	e.Helper()
	var class v1alpha1.ModelClass
	err := e.kube.Get(e.ctx, types.NamespacedName{Name: className}, &class)
	if apierrors.IsNotFound(err) {
		return nil
	}
	e.must(err)
	return &class
}

// setClass makes the class what it is to be from now on; nil lets it go.
func (e *env) setClass(wanted *v1alpha1.ModelClass) {
	e.Helper()
	now := e.getClass()
	switch {
	case now == nil && wanted != nil:
		e.createObject(wanted)
	case now != nil && wanted == nil:
		e.must(e.kube.Delete(e.ctx, now))
	case now != nil:
		now.Spec = wanted.Spec
		now.Generation++
		e.must(e.kube.Update(e.ctx, now))
	}
}

// newStricterClass is a class that wants more of production.
func newStricterClass(f1 v1alpha1.Decimal) *builder.ClassBuilder {
	gate := builder.GreaterThanGate("f1", f1)
	gate.Name = "floor"
	return builder.Class(className).Stages(builder.Stage("production").Alias("champion").MLflowStage("Production").Gates(gate))
}

// drawClassEdit changes the class, whether the model names it or not.
func (s *simulation) drawClassEdit(rt *rapid.T) func() {
	class := newStricterClass(drawOne[v1alpha1.Decimal](rt, "floor", "0.6", "0.8", "0"))
	switch drawOne(rt, "class", "demanding", "demanding", "forbidding", "unsound", "gone") {
	case "forbidding":
		class.RequireTag("team", "vision")
	case "unsound":
		class.TagRule(v1alpha1.TagRule{Key: "team", Pattern: "("})
	case "gone":
		return func() { s.setClass(nil) }
	}
	return func() { s.setClass(class.Build()) }
}

// effectiveStage is a stage as model and class demand it together, for who knows the classes
// of the game; or why nothing may be done for the model at all.
func (p reconcileInputs) effectiveStage(name v1alpha1.StageName) (*v1alpha1.Stage, string) {
	stage := p.model.Stage(name)
	switch {
	case p.model.Spec.ClassName == "":
		return stage, ""
	case p.class == nil:
		return nil, "the class of the model is not there"
	case len(p.class.Spec.Tags) > 0:
		return nil, "the model does not meet its class"
	}
	both := stage.DeepCopy()
	for _, theirs := range p.class.Spec.Stages {
		if theirs.Name == name {
			both.Gates = slices.Concat(theirs.Gates, both.Gates)
		}
	}
	return both, ""
}

func withClass(class *v1alpha1.ModelClass) func(*simulation) {
	return func(s *simulation) { s.inputs.model.Spec.ClassName, s.inputs.class = className, class }
}
