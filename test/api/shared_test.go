// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

const (
	// noProperties is Kubernetes' own sentence of an empty object.
	noProperties  = "should have at least 1 properties"
	oneSelection  = "exactly one of the fields in [names selector from] must be set"
	someLabels    = "at least one of the fields in [matchLabels matchExpressions] must be set"
	labelKeys     = "the keys of matchLabels must be keys of labels, such as team or example.com/team"
	labelOperands = "In and NotIn need values, Exists and DoesNotExist have none"
)

// The places in sharedConnection.
const (
	mayUse     = "spec.allowedNamespaces"
	expression = "spec.allowedNamespaces.selector.matchExpressions[0]"
	permission = "spec.allow[0]"
)

var sharedRows = rows{
	"nobody allowed":               {mayUse, absent{}, "spec.allowedNamespaces: Required value"},
	"nobody named":                 {mayUse, map[string]any{}, noProperties},
	"an empty list of names":       {mayUse, map[string]any{"names": []any{}}, "should have at least 1 items"},
	"names":                        {mayUse, map[string]any{"names": []any{"news", "search"}}, ""},
	"a name twice":                 {mayUse, map[string]any{"names": []any{"news", "news"}}, "Duplicate value"},
	"a star for a name":            {mayUse, map[string]any{"names": []any{"*"}}, "should match"},
	"all":                          {mayUse, map[string]any{"from": "All"}, ""},
	"all, unspelled":               {mayUse, map[string]any{"from": ""}, unsupported("", "All")},
	"all in small letters":         {mayUse, map[string]any{"from": "all"}, unsupported("all", "All")},
	"all and names":                {mayUse, map[string]any{"from": "All", "names": []any{"news"}}, oneSelection},
	"names and a selector":         {mayUse + ".names", []any{"news"}, oneSelection},
	"a selector for everything":    {mayUse + ".selector", map[string]any{}, someLabels},
	"labels for everything":        {mayUse + ".selector", map[string]any{"matchLabels": map[string]any{}}, noProperties},
	"expressions for everything":   {mayUse + ".selector", map[string]any{"matchExpressions": []any{}}, "should have at least 1 items"},
	"labels alone":                 {mayUse + ".selector.matchExpressions", absent{}, ""},
	"expressions alone":            {mayUse + ".selector.matchLabels", absent{}, ""},
	"the label of a name":          {mayUse + ".selector.matchLabels", map[string]any{"kubernetes.io/metadata.name": "news"}, ""},
	"a label with two slashes":     {mayUse + ".selector.matchLabels", map[string]any{"a/b/c": "news"}, labelKeys},
	"a label of 64 characters":     {mayUse + ".selector.matchLabels", map[string]any{repeat("k", 64): "news"}, labelKeys},
	"a label of nothing":           {mayUse + ".selector.matchLabels", map[string]any{"": "news"}, labelKeys},
	"In without values":            {expression + ".values", absent{}, labelOperands},
	"Exists with values":           {expression + ".operator", "Exists", labelOperands},
	"Exists":                       {expression, map[string]any{"key": "team", "operator": "Exists"}, ""},
	"DoesNotExist":                 {expression, map[string]any{"key": "team", "operator": "DoesNotExist"}, ""},
	"an operator of another place": {expression + ".operator", "Gt", unsupported("Gt", "In", "NotIn", "Exists", "DoesNotExist")},
	"no rules":                     {"spec.allow", absent{}, ""},
	"an empty list of rules":       {"spec.allow", []any{}, "should have at least 1 items"},
	"a rule for nobody":            {permission + ".namespaces", absent{}, "Required value"},
	"a rule for nobody named":      {permission + ".namespaces", map[string]any{}, noProperties},
	"a rule for all":               {permission + ".namespaces", map[string]any{"from": "All"}, ""},
	"a rule for any model":         {permission + ".modelPattern", absent{}, ""},
	"a rule for a model of spaces": {permission + ".modelPattern", "Neuro Sentiment \\(v2\\) é", ""},
	"a rule for any alias":         {permission + ".aliases", absent{}, ""},
	"an alias twice":               {permission + ".aliases", []any{"champion", "champion"}, "Duplicate value"},
	"an alias that is reserved":    {permission + ".aliases", []any{"latest"}, aliasReserved},
	"a secret of another place":    {"spec.auth.basic.secretRef.namespace", "news", `unknown field "spec.auth.basic.secretRef.namespace"`},
}

// Nothing of a connection is its identity.
var sharedChanges = rows{
	"url":               {"spec.url", "http://other:5000", ""},
	"who is allowed":    {mayUse, map[string]any{"names": []any{"search"}}, ""},
	"what they may do":  {permission + ".modelPattern", "search_.*", ""},
	"everything to all": {mayUse, map[string]any{"from": "All"}, ""},
}
