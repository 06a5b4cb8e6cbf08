// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest_test

import (
	"fmt"
	"testing"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/mlflowtest"
)

func BenchmarkSetAlias(b *testing.B) {
	s := mlflowtest.Start(mlflowtest.Options{})
	defer s.Close()
	user := s.User()
	if err := user.CreateModel(b.Context(), "m", nil); err != nil {
		b.Fatal(err)
	}
	if _, err := user.CreateVersion(b.Context(), mlflowtest.VersionSpec{Name: "m", Source: "s3://bucket/m"}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := user.SetAlias(b.Context(), "m", "champion", "1"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListThousandModels(b *testing.B) {
	s := mlflowtest.Start(mlflowtest.Options{})
	defer s.Close()
	user := s.User()
	for i := range 1000 {
		if err := user.CreateModel(b.Context(), fmt.Sprintf("m%d", i), map[string]string{"team": "nlp"}); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if err := user.CallEndpoint(b.Context(), "GET", "registered-models/search", map[string]any{"max_results": 1000}, nil); err != nil {
			b.Fatal(err)
		}
	}
}
