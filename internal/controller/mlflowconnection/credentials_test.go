// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowconnection

import (
	"reflect"
	"strings"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/controller/reconciler"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

// TestAnUnknownAuthModeIsAnError covers an operator that is older than its CRDs: the API
// server accepts a field of spec.auth that the operator drops.
func TestAnUnknownAuthModeIsAnError(t *testing.T) {
	connection := builder.Connection("mlflow").URL("http://mlflow:5000").Build()
	connection.Spec.Auth = &v1alpha1.Authentication{}
	s := newScope(connection)
	got := new(Reconciler).readAuth(t.Context(), s)
	want := reconciler.Terminal(v1alpha1.ReasonInvalidCredentials,
		"spec.auth sets no mode that this version of the operator knows: set one of [basic bearer], or upgrade the operator")
	if got != want || s.auth != nil {
		t.Errorf("result is %+v, want %+v; auth is %v", got, want, s.auth)
	}
}

// TestEachAuthFieldSelectsItsMode fails for a field of spec.auth without a case in selectAuth
// or a row in the client's table of modes.
func TestEachAuthFieldSelectsItsMode(t *testing.T) {
	fields := reflect.TypeFor[v1alpha1.Authentication]()
	if got, want := len(mlflow.AuthKinds()), fields.NumField(); got != want {
		t.Errorf("the client knows %d modes, spec.auth has %d fields", got, want)
	}
	for field := range fields.Fields() {
		auth := new(v1alpha1.Authentication)
		reflect.ValueOf(auth).Elem().FieldByIndex(field.Index).Set(reflect.New(field.Type.Elem()))
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		kind, _ := selectAuth(auth)
		if _, known := mlflow.FindAuthMode(kind); string(kind) != name || !known {
			t.Errorf("spec.auth.%s selects mode %q, known: %t", name, kind, known)
		}
	}
}
