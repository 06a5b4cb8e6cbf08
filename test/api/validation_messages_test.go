// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Messages of the server for a string with another form. They are in words, since a regular expression does not
// help most users.
const (
	noDecimal      = `must be a decimal such as "0.85", with at most 18 digits before and after the point`
	noDuration     = "must be a duration such as 30s, 5m or 1h30m, in the units h, m, s and ms"
	noObjectName   = "must be the name of an object: lower-case letters and digits, with hyphens and periods within"
	noClassName    = "must be the name of a ModelClass: lower-case letters and digits, with hyphens and periods within"
	noNamespace    = "must be the name of a namespace: lower-case letters and digits, with hyphens within"
	noStage        = "must be the name of a stage, such as production: lower-case letters and digits, with hyphens within"
	noAlias        = "must be an alias such as champion: lower-case letters and digits, with hyphens and underscores within"
	noVersion      = `version must be a number such as "7", as MLflow shows it`
	noTagKey       = "must be the key of a tag: letters, digits, underscores, hyphens, periods, spaces, colons, and single slashes within"
	noLabelKey     = "must be the key of a label, such as team or example.com/team"
	noGateName     = "must be the name of a gate, such as accuracy: lower-case letters and digits, with hyphens within"
	noGate         = "must be the name of a gate, as status.gates shows it"
	noRun          = "runID must be the ID of a run, as MLflow shows it"
	noLoggedModel  = "loggedModelID must be the ID of a logged model, such as m-385c1f0a"
	noArtifactPath = "artifactPath must be a relative path such as model or export/model: letters, digits, spaces and _ . = @ + -"
	noURI          = "uri must be a URI such as s3://bucket/path or models:/NAME/7, without control characters"
	noDigest       = "must be a digest as status.evidenceDigest shows it: sha256: and 64 digits of 0-9 and a-f"
	noModelName    = "modelName must be a name that MLflow accepts: no slash, no colon, no control characters, and not spaces alone"
)

// validationCase is one mutation of a valid object, and the message of the server. Without a message, the server
// must accept the mutation.
type validationCase struct {
	path  string
	value any
	want  string
}

type validationCases map[string]validationCase

func (all validationCases) runOnCreate(t *testing.T, valid client.Object) {
	t.Helper()
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			object := toUnstructured(t, valid)
			setField(t, object, r.path, r.value)
			expectError(t, createDryRun(t, object), r.want)
		})
	}
}

func TestRules(t *testing.T) {
	t.Run("MLflowConnection", func(t *testing.T) { connectionRows.runOnCreate(t, fullConnection()) })
	t.Run("ClusterMLflowConnection", func(t *testing.T) { sharedRows.runOnCreate(t, sharedConnection()) })
	t.Run("the server of a ClusterMLflowConnection", func(t *testing.T) { connectionRows.runOnCreate(t, sharedConnection()) })
	t.Run("RegisteredModel", func(t *testing.T) { modelRows.runOnCreate(t, fullModel()) })
	t.Run("ModelPromotion", func(t *testing.T) { promotionRows.runOnCreate(t, fullPromotion()) })
	t.Run("ModelClass", func(t *testing.T) { classRows.runOnCreate(t, fullClass()) })
	t.Run("ModelVersion", func(t *testing.T) { versionRows.runOnCreate(t, fullVersion()) })
	t.Run("retention of a model", func(t *testing.T) { retentionRows.runOnCreate(t, fullModel()) })
	t.Run("retention of a class", func(t *testing.T) { retentionRows.runOnCreate(t, fullClass()) })
	t.Run("PromotionApproval", func(t *testing.T) { approvalRows.runOnCreate(t, fullApproval()) })
	t.Run("gates of a stage", func(t *testing.T) { gateRows("spec.stages[1].gates").runOnCreate(t, fullModel()) })
	t.Run("gates of a class", func(t *testing.T) { gateRows("spec.stages[1].gates").runOnCreate(t, fullClass()) })
	t.Run("gates of a promotion", func(t *testing.T) { gateRows("spec.gates").runOnCreate(t, fullPromotion()) })
}

// TestEveryRuleHasACase checks that the tables have a case for each CEL rule: only then its message was read.
func TestEveryRuleHasACase(t *testing.T) {
	tested := map[string][]string{
		"MLflowConnection":        distinctMessages(connectionRows, connectionChanges),
		"ClusterMLflowConnection": distinctMessages(connectionRows, sharedRows, sharedChanges),
		"RegisteredModel":         distinctMessages(modelRows, modelChanges, gateRows("")),
		"ModelPromotion":          distinctMessages(promotionRows, promotionChanges, gateRows("")),
		"ModelClass":              distinctMessages(classRows, classChanges, gateRows("")),
		"ModelVersion":            distinctMessages(versionRows, versionChanges),
		"PromotionApproval":       distinctMessages(approvalRows, approvalChanges),
	}

	for kind, known := range tested {
		for _, n := range listNodes(t, kind, "spec") {
			for _, rule := range n.XValidations {
				if !slices.Contains(known, rule.Message) {
					t.Errorf("%s, %s: no row wants %q", kind, n.fieldPath(), rule.Message)
				}
			}
		}
	}
}

// distinctMessages returns the distinct messages of the tables.
func distinctMessages(tables ...validationCases) []string {
	var all []string
	for _, table := range tables {
		for _, r := range table {
			all = append(all, strings.TrimSpace(r.want))
		}
	}
	return all
}

// unsupportedValue is the message of the server for a value that an enum lacks.
func unsupportedValue(value string, supported ...string) string {
	return fmt.Sprintf("Unsupported value: %q: supported values: \"%s\"", value, strings.Join(supported, `", "`))
}
