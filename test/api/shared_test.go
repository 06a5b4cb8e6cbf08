// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

const (
	// noProperties is Kubernetes' own message for an empty object.
	noProperties  = "should have at least 1 properties"
	oneSelection  = "exactly one of the fields in [names selector from] must be set"
	someLabels    = "at least one of the fields in [matchLabels matchExpressions] must be set"
	labelKeys     = "the keys of matchLabels must be keys of labels, such as team or example.com/team"
	labelOperands = "In and NotIn need values, Exists and DoesNotExist have none"
)

// Paths in sharedConnection.
const (
	allowedNamespacesPath = "spec.allowedNamespaces"
	expressionPath        = "spec.allowedNamespaces.selector.matchExpressions[0]"
	allowedModelPath      = "spec.allowedModels[0]"
)

var sharedRows = validationCases{
	"no namespaces":             {allowedNamespacesPath, absent{}, "spec.allowedNamespaces: Required value"},
	"an empty selection":        {allowedNamespacesPath, map[string]any{}, noProperties},
	"an empty list of names":    {allowedNamespacesPath, map[string]any{"names": []any{}}, "should have at least 1 items"},
	"names":                     {allowedNamespacesPath, map[string]any{"names": []any{"news", "search"}}, ""},
	"a name twice":              {allowedNamespacesPath, map[string]any{"names": []any{"news", "news"}}, "Duplicate value"},
	"a star for a name":         {allowedNamespacesPath, map[string]any{"names": []any{"*"}}, noNamespace},
	"all":                       {allowedNamespacesPath, map[string]any{"from": "All"}, ""},
	"all, unspelled":            {allowedNamespacesPath, map[string]any{"from": ""}, unsupportedValue("", "All")},
	"all in small letters":      {allowedNamespacesPath, map[string]any{"from": "all"}, unsupportedValue("all", "All")},
	"all and names":             {allowedNamespacesPath, map[string]any{"from": "All", "names": []any{"news"}}, oneSelection},
	"names and a selector":      {allowedNamespacesPath + ".names", []any{"news"}, oneSelection},
	"a selector for everything": {allowedNamespacesPath + ".selector", map[string]any{}, someLabels},
	"labels for everything":     {allowedNamespacesPath + ".selector", map[string]any{"matchLabels": map[string]any{}}, noProperties},
	"expressions for everything": {allowedNamespacesPath + ".selector", map[string]any{"matchExpressions": []any{}},
		"should have at least 1 items"},
	"labels alone":      {allowedNamespacesPath + ".selector.matchExpressions", absent{}, ""},
	"expressions alone": {allowedNamespacesPath + ".selector.matchLabels", absent{}, ""},
	"the name label": {
		allowedNamespacesPath + ".selector.matchLabels",
		map[string]any{"kubernetes.io/metadata.name": "news"}, "",
	},
	"an expression without a key":   {expressionPath + ".key", "a/b/c", noLabelKey},
	"an expression without a value": {expressionPath + ".values", []any{"a b"}, "should match"},
	"a label with two slashes":      {allowedNamespacesPath + ".selector.matchLabels", map[string]any{"a/b/c": "news"}, labelKeys},
	"a label of 64 characters":      {allowedNamespacesPath + ".selector.matchLabels", map[string]any{repeat("k", 64): "news"}, labelKeys},
	"a label of nothing":            {allowedNamespacesPath + ".selector.matchLabels", map[string]any{"": "news"}, labelKeys},
	"In without values":             {expressionPath + ".values", absent{}, labelOperands},
	"Exists with values":            {expressionPath + ".operator", "Exists", labelOperands},
	"Exists":                        {expressionPath, map[string]any{"key": "team", "operator": "Exists"}, ""},
	"DoesNotExist":                  {expressionPath, map[string]any{"key": "team", "operator": "DoesNotExist"}, ""},
	"an operator of another place":  {expressionPath + ".operator", "Gt", unsupportedValue("Gt", "In", "NotIn", "Exists", "DoesNotExist")},
	"no rules":                      {"spec.allowedModels", absent{}, ""},
	"an empty list of rules":        {"spec.allowedModels", []any{}, "should have at least 1 items"},
	"a rule without namespaces":     {allowedModelPath + ".namespaces", absent{}, "Required value"},
	"a rule, empty selection":       {allowedModelPath + ".namespaces", map[string]any{}, noProperties},
	"a rule for all":                {allowedModelPath + ".namespaces", map[string]any{"from": "All"}, ""},
	"a rule for any model":          {allowedModelPath + ".modelPattern", absent{}, ""},
	"a rule for a model of spaces":  {allowedModelPath + ".modelPattern", "Neuro Sentiment \\(v2\\) é", ""},
	"a rule for any alias":          {allowedModelPath + ".aliases", absent{}, ""},
	"an alias in capitals":          {allowedModelPath + ".aliases", []any{"Champion"}, noAlias},
	"an alias twice":                {allowedModelPath + ".aliases", []any{"champion", "champion"}, "Duplicate value"},
	"an alias that is reserved":     {allowedModelPath + ".aliases", []any{"latest"}, aliasReserved},
	"a secret of another place":     {"spec.auth.basic.secretRef.namespace", "news", `unknown field "spec.auth.basic.secretRef.namespace"`},
}

// Every field of a connection can be edited.
var sharedChanges = validationCases{
	"url":               {"spec.url", "http://other:5000", ""},
	"who is allowed":    {allowedNamespacesPath, map[string]any{"names": []any{"search"}}, ""},
	"what they may do":  {allowedModelPath + ".modelPattern", "search_.*", ""},
	"everything to all": {allowedNamespacesPath, map[string]any{"from": "All"}, ""},
}
