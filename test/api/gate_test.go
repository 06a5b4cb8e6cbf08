// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"fmt"
	"strings"
)

const (
	oneGate       = "exactly one of the fields in [metric comparison tag approval] must be set"
	oneBaseline   = "exactly one of the fields in [stage alias version] must be set"
	toleranceFor  = "tolerance belongs to operator Equal: remove it, or compare with Equal"
	toleranceSign = "tolerance is a distance: it can't be negative"
	datasetFor    = "only metrics of logged models carry a dataset: remove dataset, or set source to LoggedModel or Auto"
	tooFew        = "there are fewer approvers than are required: name more, or require fewer; " +
		"without approvers, any user who may create a PromotionApproval may approve"
	valuesFor = "operators In and NotIn take values; Exists and DoesNotExist take none"
)

// gateRows are the cases of gates for the list of gates at the path.
func gateRows(list string) validationCases {
	gate := func(i int) string { return fmt.Sprintf("%s[%d]", list, i) }
	metric := gate(metricGate) + ".metric"
	comparison := gate(comparisonGate) + ".comparison"
	tag := gate(tagGate) + ".tag"
	approval := gate(approvalGate) + ".approval"

	return validationCases{
		"a gate of no kind":            {gate(metricGate) + ".metric", absent{}, oneGate},
		"a gate of two kinds":          {gate(metricGate) + ".tag", newTagGate("Exists"), oneGate},
		"a name twice":                 {gate(metricGate) + ".name", "beats-first", "Duplicate value"},
		"a name with an underscore":    {gate(metricGate) + ".name", "f1_score", noGateName},
		"a threshold without quotes":   {metric + ".threshold", 0.85, `must be of type string: "number"`},
		"a threshold of an exponent":   {metric + ".threshold", "1e-3", noDecimal},
		"a threshold of NaN":           {metric + ".threshold", "NaN", noDecimal},
		"a threshold with a comma":     {metric + ".threshold", "0,85", noDecimal},
		"a threshold with no zero":     {metric + ".threshold", ".85", noDecimal},
		"a threshold in percent":       {metric + ".threshold", "85%", noDecimal},
		"a threshold below zero":       {metric + ".threshold", "-3", ""},
		"the widest threshold":         {metric + ".threshold", "-" + repeat("9", 18) + "." + repeat("9", 18), ""},
		"a threshold of 19 digits":     {metric + ".threshold", repeat("9", 19), noDecimal},
		"an operator in signs":         {metric + ".operator", ">", unsupportedValue(">", operators...)},
		"a tolerance for another":      {metric + ".operator", "GreaterThan", toleranceFor},
		"a tolerance below zero":       {metric + ".tolerance", "-0.01", toleranceSign},
		"a tolerance of zero":          {metric + ".tolerance", "0", ""},
		"a dataset with source Auto":   {metric + ".source", "Auto", ""},
		"a dataset and no source":      {metric + ".source", absent{}, ""},
		"a dataset of a run":           {metric + ".source", "Run", datasetFor},
		"a dataset of a tag":           {metric + ".source", "VersionTag", datasetFor},
		"a baseline of no kind":        {comparison + ".baseline", map[string]any{}, oneBaseline},
		"a baseline of two kinds":      {comparison + ".baseline.version", "1", oneBaseline},
		"a baseline of no number":      {comparison + ".baseline", map[string]any{"version": "v6"}, noVersion},
		"a baseline of no stage":       {comparison + ".baseline", map[string]any{"stage": "Production"}, noStage},
		"no baseline":                  {comparison + ".baseline", absent{}, ""},
		"a baseline without quotes":    {comparison + ".baseline", map[string]any{"version": int64(6)}, `must be of type string: "integer"`},
		"a change without quotes":      {comparison + ".minRelativeChange", 0.001, `must be of type string: "number"`},
		"a direction in other words":   {comparison + ".direction", "Maximize", unsupportedValue("Maximize", "HigherIsBetter", "LowerIsBetter")},
		"In without values":            {tag + ".values", absent{}, valuesFor},
		"Exists with values":           {tag + ".operator", "Exists", valuesFor},
		"NotIn with values":            {tag + ".operator", "NotIn", ""},
		"Exists without values":        {tag, newTagGate("Exists"), ""},
		"DoesNotExist without values":  {tag, newTagGate("DoesNotExist"), ""},
		"a value twice":                {tag + ".values", []any{"passed", "passed"}, "Duplicate value"},
		"a key with a dollar sign":     {tag + ".key", "a$b", noTagKey},
		"a key with a path and spaces": {tag + ".key", "team.example.com/bias review", ""},
		"more than there are":          {approval + ".required", int64(3), tooFew},
		"an empty list of approvers":   {approval, map[string]any{"approvers": []any{}}, tooFew},
		"any user":                     {approval, map[string]any{}, ""},
		"ten of any user":              {approval, map[string]any{"required": int64(10)}, ""},
		"none of any user":             {approval, map[string]any{"required": int64(0)}, "greater than or equal to 1"},
		"eleven of any user":           {approval, map[string]any{"required": int64(11)}, "less than or equal to 10"},
		"an approver twice":            {approval + ".approvers", []any{user("alice"), user("alice")}, "Duplicate value"},
		"two approvers":                {approval + ".approvers", []any{user("alice"), user("bob")}, ""},
		"an approver without a kind":   {approval + ".approvers[0].kind", absent{}, "kind: Required value"},
		"an approver of another kind":  {approval + ".approvers[0].kind", "Group", unsupportedValue("Group", "User")},
		"an approver without a name":   {approval + ".approvers[0].name", absent{}, "name: Required value"},
		"an approver of no name":       {approval + ".approvers[0].name", "", "should be at least 1 chars long"},
		"an approver of a long name":   {approval + ".approvers[0].name", repeat("a", 257), "may not be more than 256"},
		"an approver as a string":      {approval + ".approvers", []any{"alice", "bob"}, "must be of type object"},
		"an unknown field":             {metric + ".treshold", "0.85", "unknown field"},
	}
}

var operators = []string{"GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual", "Equal"}

func user(name string) map[string]any {
	return map[string]any{"kind": "User", "name": name}
}

func newTagGate(operator string) map[string]any {
	return map[string]any{"key": "bias_review", "operator": operator}
}

var repeat = strings.Repeat
