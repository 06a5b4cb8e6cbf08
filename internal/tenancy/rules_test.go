// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

const (
	namespaceRefused = "ClusterMLflowConnection shared does not allow namespace news: " +
		"have it added to allowedNamespaces, or use a connection that allows it"
	modelRefused = "ClusterMLflowConnection shared does not allow namespace news to have model neuro_sentiment: " +
		"have it added to allow, or choose another modelName"
	stagingRefused = "ClusterMLflowConnection shared does not allow namespace news to have alias staging on model neuro_sentiment: " +
		"have it added to allow, or choose another alias"
	productionRefused = "ClusterMLflowConnection shared does not allow namespace news to have mlflowStage Production on model " +
		"neuro_sentiment: have it added to allow without aliases, or leave mlflowStage out"
	copyRefused = "ClusterMLflowConnection shared does not allow namespace news to have copies of model neuro_sentiment: " +
		"have it added to allow, or use a version that comes from elsewhere"
	championRefused = "ClusterMLflowConnection shared does not allow namespace news to have alias champion on model neuro_sentiment: " +
		"have it added to allow, or choose another alias"
)

// connection allows nothing until a case says what.
func connection() *builder.ClusterConnectionBuilder {
	return builder.ClusterConnection("shared").Allowed(v1alpha1.NamespaceSelection{})
}

// open allows all namespaces, as far as a case does not narrow it.
func open() *builder.ClusterConnectionBuilder {
	return connection().Allowed(builder.AllNamespaces())
}

// expression selects the namespaces whose label team is so.
func expression(operator v1alpha1.LabelOperator, values ...v1alpha1.LabelValue) v1alpha1.NamespaceSelection {
	return v1alpha1.NamespaceSelection{Selector: &v1alpha1.NamespaceSelector{
		MatchExpressions: []v1alpha1.LabelRequirement{{Key: "team", Operator: operator, Values: values}},
	}}
}

// The claim of every case: namespace news, with the label team=nlp, wants neuro_sentiment
// with the aliases staging and champion.
func TestRefuse(t *testing.T) {
	all, news, vision := builder.AllNamespaces(), builder.Namespaces("news"), builder.Namespaces("vision")
	everything := v1alpha1.NamespaceSelection{Selector: &v1alpha1.NamespaceSelector{}}
	for name, test := range map[string]struct {
		of *builder.ClusterConnectionBuilder
		// unseen is whether the labels of the namespace are not known.
		unseen bool
		want   string
	}{
		"nobody is named":                        {of: connection(), want: namespaceRefused},
		"all are":                                {of: open()},
		"it is named among others":               {of: connection().Allowed(builder.Namespaces("vision", "news"))},
		"others are named":                       {of: connection().Allowed(vision), want: namespaceRefused},
		"a longer name is":                       {of: connection().Allowed(builder.Namespaces("news-2")), want: namespaceRefused},
		"its label is":                           {of: connection().Allowed(builder.Labeled("team", "nlp"))},
		"another value of its label is":          {of: connection().Allowed(builder.Labeled("team", "vision")), want: namespaceRefused},
		"its label is among values":              {of: connection().Allowed(expression("In", "nlp", "vision"))},
		"its label is excluded":                  {of: connection().Allowed(expression("NotIn", "nlp")), want: namespaceRefused},
		"its label is not among the excluded":    {of: connection().Allowed(expression("NotIn", "vision"))},
		"its label is there":                     {of: connection().Allowed(expression("Exists"))},
		"its label must not be there":            {of: connection().Allowed(expression("DoesNotExist")), want: namespaceRefused},
		"labels that nobody has seen":            {of: connection().Allowed(expression("DoesNotExist")), unseen: true, want: namespaceRefused},
		"a name needs no labels":                 {of: connection().Allowed(news), unseen: true},
		"a selector that demands nothing":        {of: connection().Allowed(everything), want: namespaceRefused},
		"an entry for any model":                 {of: open().Allow(news, "")},
		"an entry does not widen the namespaces": {of: connection().Allowed(vision).Allow(news, ""), want: namespaceRefused},
		"an entry for another namespace":         {of: open().Allow(vision, ""), want: modelRefused},
		"an entry for its label":                 {of: open().Allow(builder.Labeled("team", "nlp"), "")},
		"an entry for another label":             {of: open().Allow(builder.Labeled("team", "vision"), ""), want: modelRefused},
		"a pattern for its name":                 {of: open().Allow(news, "neuro_.*")},
		"a pattern for a part of its name":       {of: open().Allow(news, "neuro_|sentiment|euro.*"), want: modelRefused},
		"a pattern whose second choice is it":    {of: open().Allow(news, "neuro|neuro_sentiment")},
		"a pattern with anchors of its own":      {of: open().Allow(news, "^neuro_sentiment$")},
		"a pattern that is lazy":                 {of: open().Allow(news, "neuro.*?")},
		"a pattern of nothing":                   {of: open().Allow(news, "()"), want: modelRefused},
		"a pattern in other letters":             {of: open().Allow(news, "NEURO_.*"), want: modelRefused},
		"a pattern for it among others":          {of: open().Allow(news, "topic").Allow(news, "neuro_.*")},
		"another namespace's pattern":            {of: open().Allow(vision, "neuro_.*").Allow(news, "news_.*"), want: modelRefused},
		"its aliases":                            {of: open().Allow(news, "", "champion", "staging")},
		"one of its aliases":                     {of: open().Allow(news, "", "staging"), want: championRefused},
		"its aliases in two entries":             {of: open().Allow(news, "", "staging").Allow(all, "neuro_.*", "champion")},
		"an alias for another model":             {of: open().Allow(news, "", "staging").Allow(news, "topic", "champion"), want: championRefused},
		"an alias for another namespace":         {of: open().Allow(news, "", "staging").Allow(vision, "", "champion"), want: championRefused},
	} {
		t.Run(name, func(t *testing.T) {
			claim := Claim{
				Namespace: Namespace{Name: "news", Labels: map[string]string{"team": "nlp"}},
				Model:     "neuro_sentiment", Aliases: []v1alpha1.Alias{"staging", "champion"},
			}
			if test.unseen {
				claim.Namespace.Labels = nil
			}
			wantRefused(t, test.of, claim, test.want)
		})
	}
}

// wantRefused wants a sentence for a claim on a connection; an empty one for a claim that is
// allowed.
func wantRefused(t *testing.T, of *builder.ClusterConnectionBuilder, claim Claim, want string) {
	t.Helper()
	rules, err := Compile(of.Build())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, rules.Refuse(claim)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Of what is refused, the alias is told first. An entry with aliases is for no legacy stage,
// not even for that of a stage whose alias it has.
func TestRefuseMLflowStages(t *testing.T) {
	news, vision := builder.Namespaces("news"), builder.Namespaces("vision")
	for name, test := range map[string]struct {
		of   *builder.ClusterConnectionBuilder
		want string
	}{
		"no entries":                        {of: open()},
		"an entry without aliases":          {of: open().Allow(news, "neuro_.*")},
		"an entry with its alias":           {of: open().Allow(news, "", "staging"), want: productionRefused},
		"one with and one without":          {of: open().Allow(news, "", "staging").Allow(news, "neuro_.*")},
		"one without for another model":     {of: open().Allow(news, "", "staging").Allow(news, "topic"), want: productionRefused},
		"one without for another namespace": {of: open().Allow(news, "", "staging").Allow(vision, ""), want: productionRefused},
		"an entry with another alias":       {of: open().Allow(news, "", "challenger"), want: stagingRefused},
		"two entries with aliases":          {of: open().Allow(news, "", "staging").Allow(news, "", "champion"), want: productionRefused},
	} {
		t.Run(name, func(t *testing.T) {
			claim := Claim{
				Namespace: Namespace{Name: "news"}, Model: "neuro_sentiment",
				Aliases: []v1alpha1.Alias{"staging"}, MLflowStages: []v1alpha1.MLflowStage{"Production"},
			}
			wantRefused(t, test.of, claim, test.want)
		})
	}
}

// Who may have a model may have copies of it, whatever its aliases.
func TestRefuseCopies(t *testing.T) {
	news, vision := builder.Namespaces("news"), builder.Namespaces("vision")
	for name, test := range map[string]struct {
		of   *builder.ClusterConnectionBuilder
		want string
	}{
		"any model":                   {of: open()},
		"its name":                    {of: open().Allow(news, "neuro_.*", "staging")},
		"another name":                {of: open().Allow(news, "topic"), want: copyRefused},
		"its name for another":        {of: open().Allow(news, "topic").Allow(vision, "neuro_.*"), want: copyRefused},
		"its name for nobody in here": {of: connection().Allowed(vision).Allow(news, ""), want: namespaceRefused},
	} {
		t.Run(name, func(t *testing.T) {
			claim := Claim{Namespace: Namespace{Name: "news"}, Model: "neuro_sentiment", Copied: true}
			wantRefused(t, test.of, claim, test.want)
		})
	}
}

// A sentence is read by those who may not know what others are allowed.
func TestSentencesTellNothingOfOthers(t *testing.T) {
	secret := builder.Namespaces("merger", "layoffs")
	rules, err := Compile(connection().Allowed(builder.Namespaces("news", "merger", "layoffs")).
		Allow(secret, "acquisition_.*", "severance").Allow(builder.Namespaces("news"), "neuro_s.*", "staging").Build())
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
		refused := rules.Refuse(claim)
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

func TestZeroRulesAllowNothing(t *testing.T) {
	if refused := new(Rules).Refuse(Claim{Namespace: Namespace{Name: "news"}}); refused == "" {
		t.Error("allowed")
	}
}

// unknown is the sentence of a pattern that can't be compiled.
func unknown(entry int, why string) string {
	return fmt.Sprintf("allow[%d].modelPattern is no regular expression that RE2 knows: error parsing regexp: %s: change it", entry, why)
}

func TestCompile(t *testing.T) {
	all := builder.AllNamespaces()
	badLabel := builder.Labeled("a/b/c", "nlp")
	for name, test := range map[string]struct {
		of         *builder.ClusterConnectionBuilder
		wantErr    string
		wantLabels bool
		wantStages bool
	}{
		"names":                  {of: connection().Allowed(builder.Namespaces("news"))},
		"labels":                 {of: connection().Allowed(builder.Labeled("team", "nlp")), wantLabels: true},
		"labels in an entry":     {of: open().Allow(all, "").Allow(builder.Labeled("team", "nlp"), ""), wantLabels: true},
		"aliases":                {of: open().Allow(all, "").Allow(all, "", "staging"), wantStages: true},
		"a pattern":              {of: open().Allow(all, "neuro_(a|b)")},
		"a pattern left open":    {of: open().Allow(all, "").Allow(all, "neuro_("), wantErr: unknown(1, "missing closing ): `neuro_(`")},
		"a pattern breaking out": {of: open().Allow(all, "a)|(.*"), wantErr: unknown(0, "unexpected ): `a)|(.*`")},
		"a pattern of Perl":      {of: open().Allow(all, "(?=a)"), wantErr: unknown(0, "invalid or unsupported Perl syntax: `(?=`")},
		"no label's key":         {of: connection().Allowed(badLabel), wantErr: "allowedNamespaces.selector can't be used: "},
		"no key in an entry":     {of: open().Allow(badLabel, ""), wantErr: "allow[0].namespaces.selector can't be used: "},
	} {
		t.Run(name, func(t *testing.T) {
			rules, err := Compile(test.of.Build())
			if test.wantErr != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.wantErr) {
					t.Errorf("error %v, want %s", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := rules.ReadLabels(); got != test.wantLabels {
				t.Errorf("reads labels: %t, want %t", got, test.wantLabels)
			}
			if got := rules.ReadStages(); got != test.wantStages {
				t.Errorf("reads stages: %t, want %t", got, test.wantStages)
			}
		})
	}
}
