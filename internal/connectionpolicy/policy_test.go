// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connectionpolicy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	namespaceDenied = "ClusterMLflowConnection shared does not allow namespace news: " +
		"have it added to allowedNamespaces, or use a connection that allows it"
	modelDenied = "ClusterMLflowConnection shared does not allow namespace news to have model neuro_sentiment: " +
		"have it added to allowedModels, or choose another modelName"
	stagingDenied = "ClusterMLflowConnection shared does not allow namespace news to have alias staging on model neuro_sentiment: " +
		"have it added to allowedModels, or choose another alias"
	productionDenied = "ClusterMLflowConnection shared does not allow namespace news to have mlflowStage Production on model " +
		"neuro_sentiment: have it added to allowedModels without aliases, or leave mlflowStage out"
	copyDenied = "ClusterMLflowConnection shared does not allow namespace news to have copies of model neuro_sentiment: " +
		"have it added to allowedModels, or use a version that comes from elsewhere"
	championDenied = "ClusterMLflowConnection shared does not allow namespace news to have alias champion on model neuro_sentiment: " +
		"have it added to allowedModels, or choose another alias"
)

// newConnection allows nothing until a case says what.
func newConnection() *builder.ClusterConnectionBuilder {
	return builder.ClusterConnection("shared").AllowedNamespaces(v1alpha1.NamespaceSelection{})
}

// newOpenConnection allows all namespaces, as far as a case does not narrow it.
func newOpenConnection() *builder.ClusterConnectionBuilder {
	return newConnection().AllowedNamespaces(builder.AllNamespaces())
}

// newExpression selects the namespaces whose label team is so.
func newExpression(operator v1alpha1.LabelOperator, values ...v1alpha1.LabelValue) v1alpha1.NamespaceSelection {
	return v1alpha1.NamespaceSelection{Selector: &v1alpha1.NamespaceSelector{
		MatchExpressions: []v1alpha1.LabelRequirement{{Key: "team", Operator: operator, Values: values}},
	}}
}

// The claim of every case: namespace news, with the label team=nlp, wants neuro_sentiment
// with the aliases staging and champion.
func TestDenialReason(t *testing.T) {
	all, news, vision := builder.AllNamespaces(), builder.Namespaces("news"), builder.Namespaces("vision")
	everything := v1alpha1.NamespaceSelection{Selector: &v1alpha1.NamespaceSelector{}}
	for name, test := range map[string]struct {
		of *builder.ClusterConnectionBuilder
		// unseen is whether the labels of the namespace are not known.
		unseen bool
		want   string
	}{
		"nobody is named":                        {of: newConnection(), want: namespaceDenied},
		"all are":                                {of: newOpenConnection()},
		"it is named among others":               {of: newConnection().AllowedNamespaces(builder.Namespaces("vision", "news"))},
		"others are named":                       {of: newConnection().AllowedNamespaces(vision), want: namespaceDenied},
		"a longer name is":                       {of: newConnection().AllowedNamespaces(builder.Namespaces("news-2")), want: namespaceDenied},
		"its label is":                           {of: newConnection().AllowedNamespaces(builder.NamespacesWithLabel("team", "nlp"))},
		"another value of its label is":          {of: newConnection().AllowedNamespaces(builder.NamespacesWithLabel("team", "vision")), want: namespaceDenied},
		"its label is among values":              {of: newConnection().AllowedNamespaces(newExpression("In", "nlp", "vision"))},
		"its label is excluded":                  {of: newConnection().AllowedNamespaces(newExpression("NotIn", "nlp")), want: namespaceDenied},
		"its label is not among the excluded":    {of: newConnection().AllowedNamespaces(newExpression("NotIn", "vision"))},
		"its label is there":                     {of: newConnection().AllowedNamespaces(newExpression("Exists"))},
		"its label must not be there":            {of: newConnection().AllowedNamespaces(newExpression("DoesNotExist")), want: namespaceDenied},
		"labels that nobody has seen":            {of: newConnection().AllowedNamespaces(newExpression("DoesNotExist")), unseen: true, want: namespaceDenied},
		"a name needs no labels":                 {of: newConnection().AllowedNamespaces(news), unseen: true},
		"a selector that demands nothing":        {of: newConnection().AllowedNamespaces(everything), want: namespaceDenied},
		"an entry for any model":                 {of: newOpenConnection().AllowedModel(news, "")},
		"an entry does not widen the namespaces": {of: newConnection().AllowedNamespaces(vision).AllowedModel(news, ""), want: namespaceDenied},
		"an entry for another namespace":         {of: newOpenConnection().AllowedModel(vision, ""), want: modelDenied},
		"an entry for its label":                 {of: newOpenConnection().AllowedModel(builder.NamespacesWithLabel("team", "nlp"), "")},
		"an entry for another label":             {of: newOpenConnection().AllowedModel(builder.NamespacesWithLabel("team", "vision"), ""), want: modelDenied},
		"a pattern for its name":                 {of: newOpenConnection().AllowedModel(news, "neuro_.*")},
		"a pattern for a part of its name":       {of: newOpenConnection().AllowedModel(news, "neuro_|sentiment|euro.*"), want: modelDenied},
		"a pattern whose second choice is it":    {of: newOpenConnection().AllowedModel(news, "neuro|neuro_sentiment")},
		"a pattern with anchors of its own":      {of: newOpenConnection().AllowedModel(news, "^neuro_sentiment$")},
		"a pattern that is lazy":                 {of: newOpenConnection().AllowedModel(news, "neuro.*?")},
		"a pattern of nothing":                   {of: newOpenConnection().AllowedModel(news, "()"), want: modelDenied},
		"a pattern in other letters":             {of: newOpenConnection().AllowedModel(news, "NEURO_.*"), want: modelDenied},
		"a pattern for it among others":          {of: newOpenConnection().AllowedModel(news, "topic").AllowedModel(news, "neuro_.*")},
		"another namespace's pattern":            {of: newOpenConnection().AllowedModel(vision, "neuro_.*").AllowedModel(news, "news_.*"), want: modelDenied},
		"its aliases":                            {of: newOpenConnection().AllowedModel(news, "", "champion", "staging")},
		"one of its aliases":                     {of: newOpenConnection().AllowedModel(news, "", "staging"), want: championDenied},
		"its aliases in two entries":             {of: newOpenConnection().AllowedModel(news, "", "staging").AllowedModel(all, "neuro_.*", "champion")},
		"an alias for another model":             {of: newOpenConnection().AllowedModel(news, "", "staging").AllowedModel(news, "topic", "champion"), want: championDenied},
		"an alias for another namespace":         {of: newOpenConnection().AllowedModel(news, "", "staging").AllowedModel(vision, "", "champion"), want: championDenied},
	} {
		t.Run(name, func(t *testing.T) {
			claim := Claim{
				Namespace: Namespace{Name: "news", Labels: map[string]string{"team": "nlp"}},
				Model:     "neuro_sentiment", Aliases: []v1alpha1.Alias{"staging", "champion"},
			}
			if test.unseen {
				claim.Namespace.Labels = nil
			}
			checkDenial(t, test.of, claim, test.want)
		})
	}
}

// checkDenial wants a sentence for a claim on a connection; an empty one for a claim that is
// allowed.
func checkDenial(t *testing.T, of *builder.ClusterConnectionBuilder, claim Claim, want string) {
	t.Helper()
	rules, err := CompilePolicy(of.Build())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, rules.DenialReason(claim)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Of what is refused, the alias is told first. An entry with aliases is for no legacy stage,
// not even for that of a stage whose alias it has.
func TestDenialReasonOfMLflowStages(t *testing.T) {
	news, vision := builder.Namespaces("news"), builder.Namespaces("vision")
	for name, test := range map[string]struct {
		of   *builder.ClusterConnectionBuilder
		want string
	}{
		"no entries":                        {of: newOpenConnection()},
		"an entry without aliases":          {of: newOpenConnection().AllowedModel(news, "neuro_.*")},
		"an entry with its alias":           {of: newOpenConnection().AllowedModel(news, "", "staging"), want: productionDenied},
		"one with and one without":          {of: newOpenConnection().AllowedModel(news, "", "staging").AllowedModel(news, "neuro_.*")},
		"one without for another model":     {of: newOpenConnection().AllowedModel(news, "", "staging").AllowedModel(news, "topic"), want: productionDenied},
		"one without for another namespace": {of: newOpenConnection().AllowedModel(news, "", "staging").AllowedModel(vision, ""), want: productionDenied},
		"an entry with another alias":       {of: newOpenConnection().AllowedModel(news, "", "challenger"), want: stagingDenied},
		"two entries with aliases":          {of: newOpenConnection().AllowedModel(news, "", "staging").AllowedModel(news, "", "champion"), want: productionDenied},
	} {
		t.Run(name, func(t *testing.T) {
			claim := Claim{
				Namespace: Namespace{Name: "news"}, Model: "neuro_sentiment",
				Aliases: []v1alpha1.Alias{"staging"}, MLflowStages: []v1alpha1.MLflowStage{"Production"},
			}
			checkDenial(t, test.of, claim, test.want)
		})
	}
}

// Who may have a model may have copies of it, whatever its aliases.
func TestDenialReasonOfCopies(t *testing.T) {
	news, vision := builder.Namespaces("news"), builder.Namespaces("vision")
	for name, test := range map[string]struct {
		of   *builder.ClusterConnectionBuilder
		want string
	}{
		"any model":                   {of: newOpenConnection()},
		"its name":                    {of: newOpenConnection().AllowedModel(news, "neuro_.*", "staging")},
		"another name":                {of: newOpenConnection().AllowedModel(news, "topic"), want: copyDenied},
		"its name for another":        {of: newOpenConnection().AllowedModel(news, "topic").AllowedModel(vision, "neuro_.*"), want: copyDenied},
		"its name for nobody in here": {of: newConnection().AllowedNamespaces(vision).AllowedModel(news, ""), want: namespaceDenied},
	} {
		t.Run(name, func(t *testing.T) {
			claim := Claim{Namespace: Namespace{Name: "news"}, Model: "neuro_sentiment", Copied: true}
			checkDenial(t, test.of, claim, test.want)
		})
	}
}

// A sentence is read by those who may not know what others are allowed.
func TestDenialReasonsAreConfidential(t *testing.T) {
	secret := builder.Namespaces("merger", "layoffs")
	rules, err := CompilePolicy(newConnection().AllowedNamespaces(builder.Namespaces("news", "merger", "layoffs")).
		AllowedModel(secret, "acquisition_.*", "severance").AllowedModel(builder.Namespaces("news"), "neuro_s.*", "staging").Build())
	if err != nil {
		t.Fatal(err)
	}
	for _, claim := range []Claim{
		{Namespace: Namespace{Name: "vision"}, Model: "cats"},
		{Namespace: Namespace{Name: "news"}, Model: "acquisition_x"},
		{Namespace: Namespace{Name: "news"}, Model: "acquisition_x", Copied: true},
		{Namespace: Namespace{Name: "news"}, Model: "neuro_sentiment", Aliases: []v1alpha1.Alias{"champion"}},
		{Namespace: Namespace{Name: "news"}, Model: "neuro_sentiment", MLflowStages: []v1alpha1.MLflowStage{"Production"}},
	} {
		refused := rules.DenialReason(claim)
		if refused == "" {
			t.Errorf("%+v is allowed", claim)
		}
		for _, word := range []string{"merger", "layoffs", "severance", "acquisition_.*", "neuro_s.*"} {
			if strings.Contains(refused, word) {
				t.Errorf("%q tells of %s", refused, word)
			}
		}
	}
}

func TestZeroPolicyDeniesAll(t *testing.T) {
	if refused := new(Policy).DenialReason(Claim{Namespace: Namespace{Name: "news"}}); refused == "" {
		t.Error("allowed")
	}
}

// unknownPatternMessage is the sentence of a pattern that can't be compiled.
func unknownPatternMessage(entry int, why string) string {
	return fmt.Sprintf(
		"allowedModels[%d].modelPattern is no regular expression that RE2 knows: error parsing regexp: %s: change it", entry, why)
}

func TestCompilePolicy(t *testing.T) {
	all := builder.AllNamespaces()
	badLabel := builder.NamespacesWithLabel("a/b/c", "nlp")
	for name, test := range map[string]struct {
		of         *builder.ClusterConnectionBuilder
		wantErr    string
		wantLabels bool
		wantStages bool
	}{
		"names":                  {of: newConnection().AllowedNamespaces(builder.Namespaces("news"))},
		"labels":                 {of: newConnection().AllowedNamespaces(builder.NamespacesWithLabel("team", "nlp")), wantLabels: true},
		"labels in an entry":     {of: newOpenConnection().AllowedModel(all, "").AllowedModel(builder.NamespacesWithLabel("team", "nlp"), ""), wantLabels: true},
		"aliases":                {of: newOpenConnection().AllowedModel(all, "").AllowedModel(all, "", "staging"), wantStages: true},
		"a pattern":              {of: newOpenConnection().AllowedModel(all, "neuro_(a|b)")},
		"a pattern left open":    {of: newOpenConnection().AllowedModel(all, "").AllowedModel(all, "neuro_("), wantErr: unknownPatternMessage(1, "missing closing ): `neuro_(`")},
		"a pattern breaking out": {of: newOpenConnection().AllowedModel(all, "a)|(.*"), wantErr: unknownPatternMessage(0, "unexpected ): `a)|(.*`")},
		"a pattern of Perl":      {of: newOpenConnection().AllowedModel(all, "(?=a)"), wantErr: unknownPatternMessage(0, "invalid or unsupported Perl syntax: `(?=`")},
		"no label's key":         {of: newConnection().AllowedNamespaces(badLabel), wantErr: "allowedNamespaces.selector can't be used: "},
		"no key in an entry":     {of: newOpenConnection().AllowedModel(badLabel, ""), wantErr: "allowedModels[0].namespaces.selector can't be used: "},
	} {
		t.Run(name, func(t *testing.T) {
			rules, err := CompilePolicy(test.of.Build())
			if test.wantErr != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.wantErr) {
					t.Errorf("error %v, want %s", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := rules.ShouldReadLabels(); got != test.wantLabels {
				t.Errorf("reads labels: %t, want %t", got, test.wantLabels)
			}
			if got := rules.ShouldReadStages(); got != test.wantStages {
				t.Errorf("reads stages: %t, want %t", got, test.wantStages)
			}
		})
	}
}
