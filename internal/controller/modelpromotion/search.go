// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelpromotion

import (
	"maps"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// newSearchRequest is the search for the newest version of a model that carries the tags.
// The error is a sentence on a value that no filter of MLflow can express.
func newSearchRequest(model string, tags map[string]string) (mlflow.SearchRequest, error) {
	name, err := mlflow.FilterEquals("name", model)
	if err != nil {
		return mlflow.SearchRequest{}, err
	}
	clauses := []string{name}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		clause, err := mlflow.FilterTag(key, tags[key])
		if err != nil {
			return mlflow.SearchRequest{}, err
		}
		clauses = append(clauses, clause)
	}
	return mlflow.SearchRequest{
		Filter:     strings.Join(clauses, " and "),
		OrderBy:    []string{"version_number DESC"},
		MaxResults: 1,
	}, nil
}
