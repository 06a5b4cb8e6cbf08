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

// allowNamespaces returns a connection that allows the selected namespaces to use every model.
func allowNamespaces(selected v1alpha1.NamespaceSelection) *builder.ClusterConnectionBuilder {
	return builder.ClusterConnection("shared").AllowedNamespaces(selected)
}

// allowAll returns a connection that allows all namespaces; a case can narrow it.
func allowAll() *builder.ClusterConnectionBuilder {
	return allowNamespaces(builder.AllNamespaces())
}

// newExpression returns a selection by the label team.
func newExpression(operator v1alpha1.LabelOperator, values ...v1alpha1.LabelValue) v1alpha1.NamespaceSelection {
	return v1alpha1.NamespaceSelection{Selector: &v1alpha1.NamespaceSelector{
		MatchExpressions: []v1alpha1.LabelRequirement{{Key: "team", Operator: operator, Values: values}},
	}}
}

// TestDenialReason: in every case, namespace news with the label team=nlp claims neuro_sentiment
// with the aliases staging and champion.
func TestDenialReason(t *testing.T) {
	all, news, vision := builder.AllNamespaces(), builder.Namespaces("news"), builder.Namespaces("vision")
	everything := v1alpha1.NamespaceSelection{Selector: &v1alpha1.NamespaceSelector{}}
	for name, test := range map[string]struct {
		connection *builder.ClusterConnectionBuilder
		// labelsUnknown says that the labels of the namespace are not known.
		labelsUnknown bool
		want          string
	}{
		"no namespace":          {connection: allowNamespaces(v1alpha1.NamespaceSelection{}), want: namespaceDenied},
		"all namespaces":        {connection: allowAll()},
		"its name among others": {connection: allowNamespaces(builder.Namespaces("vision", "news"))},
		"other names":           {connection: allowNamespaces(vision), want: namespaceDenied},
		"a longer name":         {connection: allowNamespaces(builder.Namespaces("news-2")), want: namespaceDenied},
		"its label":             {connection: allowNamespaces(builder.NamespacesWithLabel("team", "nlp"))},
		"another value of its label": {
			connection: allowNamespaces(builder.NamespacesWithLabel("team", "vision")), want: namespaceDenied,
		},
		"its label is among values":           {connection: allowNamespaces(newExpression("In", "nlp", "vision"))},
		"its label is excluded":               {connection: allowNamespaces(newExpression("NotIn", "nlp")), want: namespaceDenied},
		"its label is not among the excluded": {connection: allowNamespaces(newExpression("NotIn", "vision"))},
		"its label must exist":                {connection: allowNamespaces(newExpression("Exists"))},
		"its label must not exist":            {connection: allowNamespaces(newExpression("DoesNotExist")), want: namespaceDenied},
		"labels that are not known": {
			connection: allowNamespaces(newExpression("DoesNotExist")), labelsUnknown: true, want: namespaceDenied,
		},
		"a name needs no labels":                 {connection: allowNamespaces(news), labelsUnknown: true},
		"a selector without requirements":        {connection: allowNamespaces(everything), want: namespaceDenied},
		"an entry for any model":                 {connection: allowAll().AllowedModel(news, "")},
		"an entry does not widen the namespaces": {connection: allowNamespaces(vision).AllowedModel(news, ""), want: namespaceDenied},
		"an entry for another namespace":         {connection: allowAll().AllowedModel(vision, ""), want: modelDenied},
		"an entry for its label":                 {connection: allowAll().AllowedModel(builder.NamespacesWithLabel("team", "nlp"), "")},
		"an entry for another label": {
			connection: allowAll().AllowedModel(builder.NamespacesWithLabel("team", "vision"), ""), want: modelDenied,
		},
		"a pattern for its name":                    {connection: allowAll().AllowedModel(news, "neuro_.*")},
		"a pattern for a part of its name":          {connection: allowAll().AllowedModel(news, "neuro_|sentiment|euro.*"), want: modelDenied},
		"a pattern with its name as an alternative": {connection: allowAll().AllowedModel(news, "neuro|neuro_sentiment")},
		"a pattern with anchors of its own":         {connection: allowAll().AllowedModel(news, "^neuro_sentiment$")},
		"a lazy pattern":                            {connection: allowAll().AllowedModel(news, "neuro.*?")},
		"a pattern that matches an empty name":      {connection: allowAll().AllowedModel(news, "()"), want: modelDenied},
		"a pattern in upper case":                   {connection: allowAll().AllowedModel(news, "NEURO_.*"), want: modelDenied},
		"a pattern for it among others":             {connection: allowAll().AllowedModel(news, "topic").AllowedModel(news, "neuro_.*")},
		"another namespace's pattern": {
			connection: allowAll().AllowedModel(vision, "neuro_.*").AllowedModel(news, "news_.*"), want: modelDenied,
		},
		"its aliases":        {connection: allowAll().AllowedModel(news, "", "champion", "staging")},
		"one of its aliases": {connection: allowAll().AllowedModel(news, "", "staging"), want: championDenied},
		"its aliases in two entries": {
			connection: allowAll().AllowedModel(news, "", "staging").AllowedModel(all, "neuro_.*", "champion"),
		},
		"an alias for another model": {
			connection: allowAll().AllowedModel(news, "", "staging").AllowedModel(news, "topic", "champion"), want: championDenied,
		},
		"an alias for another namespace": {
			connection: allowAll().AllowedModel(news, "", "staging").AllowedModel(vision, "", "champion"), want: championDenied,
		},
	} {
		t.Run(name, func(t *testing.T) {
			claim := Claim{
				Namespace: Namespace{Name: "news", Labels: map[string]string{"team": "nlp"}},
				Model:     "neuro_sentiment", Aliases: []v1alpha1.Alias{"staging", "champion"},
			}
			if test.labelsUnknown {
				claim.Namespace.Labels = nil
			}
			checkDenial(t, test.connection, claim, test.want)
		})
	}
}

// checkDenial compares the denial reason of a claim, which is empty for an allowed claim.
func checkDenial(t *testing.T, connection *builder.ClusterConnectionBuilder, claim Claim, want string) {
	t.Helper()
	policy, err := CompilePolicy(connection.Build())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, policy.DenialReason(claim)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDenialReasonOfMLflowStages: the reason names a denied alias before a denied legacy stage.
// An entry with aliases allows no legacy stage, not even the one of a stage whose alias it has.
func TestDenialReasonOfMLflowStages(t *testing.T) {
	news, vision := builder.Namespaces("news"), builder.Namespaces("vision")
	for name, test := range map[string]struct {
		connection *builder.ClusterConnectionBuilder
		want       string
	}{
		"no entries":                       {connection: allowAll()},
		"an entry without aliases":         {connection: allowAll().AllowedModel(news, "neuro_.*")},
		"an entry with its alias":          {connection: allowAll().AllowedModel(news, "", "staging"), want: productionDenied},
		"one with aliases and one without": {connection: allowAll().AllowedModel(news, "", "staging").AllowedModel(news, "neuro_.*")},
		"one without aliases for another model": {
			connection: allowAll().AllowedModel(news, "", "staging").AllowedModel(news, "topic"), want: productionDenied,
		},
		"one without aliases for another namespace": {
			connection: allowAll().AllowedModel(news, "", "staging").AllowedModel(vision, ""), want: productionDenied,
		},
		"an entry with another alias": {connection: allowAll().AllowedModel(news, "", "challenger"), want: stagingDenied},
		"two entries with aliases": {
			connection: allowAll().AllowedModel(news, "", "staging").AllowedModel(news, "", "champion"), want: productionDenied,
		},
	} {
		t.Run(name, func(t *testing.T) {
			claim := Claim{
				Namespace: Namespace{Name: "news"}, Model: "neuro_sentiment",
				Aliases: []v1alpha1.Alias{"staging"}, MLflowStages: []v1alpha1.MLflowStage{"Production"},
			}
			checkDenial(t, test.connection, claim, test.want)
		})
	}
}

// TestDenialReasonOfCopies: a namespace that may use a model may copy it, whatever its aliases.
func TestDenialReasonOfCopies(t *testing.T) {
	news, vision := builder.Namespaces("news"), builder.Namespaces("vision")
	for name, test := range map[string]struct {
		connection *builder.ClusterConnectionBuilder
		want       string
	}{
		"any model":    {connection: allowAll()},
		"its name":     {connection: allowAll().AllowedModel(news, "neuro_.*", "staging")},
		"another name": {connection: allowAll().AllowedModel(news, "topic"), want: copyDenied},
		"its name for another namespace": {
			connection: allowAll().AllowedModel(news, "topic").AllowedModel(vision, "neuro_.*"), want: copyDenied,
		},
		"a namespace that is not allowed": {connection: allowNamespaces(vision).AllowedModel(news, ""), want: namespaceDenied},
	} {
		t.Run(name, func(t *testing.T) {
			claim := Claim{Namespace: Namespace{Name: "news"}, Model: "neuro_sentiment", Copied: true}
			checkDenial(t, test.connection, claim, test.want)
		})
	}
}

// TestDenialReasonsAreConfidential: a reason must not show what other namespaces may do.
func TestDenialReasonsAreConfidential(t *testing.T) {
	secret := builder.Namespaces("merger", "layoffs")
	policy, err := CompilePolicy(allowNamespaces(builder.Namespaces("news", "merger", "layoffs")).
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
		denied := policy.DenialReason(claim)
		if denied == "" {
			t.Errorf("%+v is allowed", claim)
		}
		for _, word := range []string{"merger", "layoffs", "severance", "acquisition_.*", "neuro_s.*"} {
			if strings.Contains(denied, word) {
				t.Errorf("%q reveals %s", denied, word)
			}
		}
	}
}

func TestZeroPolicyDeniesAll(t *testing.T) {
	if denied := new(Policy).DenialReason(Claim{Namespace: Namespace{Name: "news"}}); denied == "" {
		t.Error("allowed")
	}
}

// invalidPatternMessage is the error for a pattern that does not compile.
func invalidPatternMessage(entry int, syntaxError string) string {
	return fmt.Sprintf("allowedModels[%d].modelPattern is not a valid RE2 regular expression: error parsing regexp: %s: change it",
		entry, syntaxError)
}

func TestCompilePolicy(t *testing.T) {
	all := builder.AllNamespaces()
	badLabel := builder.NamespacesWithLabel("a/b/c", "nlp")
	for name, test := range map[string]struct {
		connection *builder.ClusterConnectionBuilder
		wantErr    string
		wantLabels bool
		wantStages bool
	}{
		"names":  {connection: allowNamespaces(builder.Namespaces("news"))},
		"labels": {connection: allowNamespaces(builder.NamespacesWithLabel("team", "nlp")), wantLabels: true},
		"labels in an entry": {
			connection: allowAll().AllowedModel(all, "").AllowedModel(builder.NamespacesWithLabel("team", "nlp"), ""), wantLabels: true,
		},
		"aliases":   {connection: allowAll().AllowedModel(all, "").AllowedModel(all, "", "staging"), wantStages: true},
		"a pattern": {connection: allowAll().AllowedModel(all, "neuro_(a|b)")},
		"an unclosed pattern": {
			connection: allowAll().AllowedModel(all, "").AllowedModel(all, "neuro_("),
			wantErr:    invalidPatternMessage(1, "missing closing ): `neuro_(`"),
		},
		"a pattern that closes the group around it": {
			connection: allowAll().AllowedModel(all, "a)|(.*"), wantErr: invalidPatternMessage(0, "unexpected ): `a)|(.*`"),
		},
		"a Perl pattern": {
			connection: allowAll().AllowedModel(all, "(?=a)"), wantErr: invalidPatternMessage(0, "invalid or unsupported Perl syntax: `(?=`"),
		},
		"an invalid label key": {connection: allowNamespaces(badLabel), wantErr: "allowedNamespaces.selector is not valid: "},
		"an invalid label key in an entry": {
			connection: allowAll().AllowedModel(badLabel, ""), wantErr: "allowedModels[0].namespaces.selector is not valid: ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			policy, err := CompilePolicy(test.connection.Build())
			if test.wantErr != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.wantErr) {
					t.Errorf("error %v, want %s", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := policy.ShouldReadLabels(); got != test.wantLabels {
				t.Errorf("ShouldReadLabels is %t, want %t", got, test.wantLabels)
			}
			if got := policy.ShouldReadStages(); got != test.wantStages {
				t.Errorf("ShouldReadStages is %t, want %t", got, test.wantStages)
			}
		})
	}
}
