// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// What all contenders make of each model: the alias on the candidate, if its metric passes
// the gate, with evidence on the version and an owner's tag on the model.
const (
	champion   = "champion"
	production = "production"
	candidate  = "10"
	gateMetric = "f1"
	gateAbove  = 0.5

	managedByTag = v1alpha1.ManagedByTag
	evidenceTag  = v1alpha1.EvidenceTagPrefix + production
)

// What comes later: a version to change to, one for another stage, and one that somebody
// moves the alias to by hand. The first two have runs.
const (
	staging       = "staging"
	challenger    = "challenger"
	otherVersion  = "9"
	stagedVersion = "8"
	handsVersion  = "7"
)

// modelName is the name of the i-th model, from 1, in MLflow and in the cluster.
func modelName(i int) string { return fmt.Sprintf("model-%05d", i) }

func promotionName(stage string, i int) string { return stage + "-" + modelName(i) }

// owner is the owner's tag of those contenders that are not the operator, of the same
// length as its own.
func owner(model string) string {
	return strings.Repeat("0", 36) + "/" + namespace + "/" + model
}

// evidence is what those contenders write on a version, in the operator's form.
func evidence(model string, value float64) string {
	text, _ := json.Marshal(map[string]any{ // strings and numbers
		"promotion":  namespace + "/" + production + "-" + model,
		"generation": 1,
		"from":       "",
		"gates": []map[string]string{{
			"name": gateMetric, "result": "Passed", "observed": fmt.Sprint(value), "expected": fmt.Sprintf("> %v", gateAbove),
		}},
		"time":   time.Now().UTC().Format(time.RFC3339),
		"digest": strings.Repeat("0", 64),
	})
	return string(text)
}
