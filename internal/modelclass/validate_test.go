// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/test/builder"
)

func TestTagRules(t *testing.T) {
	in := v1alpha1.TagRule{Key: "team", Values: []string{"nlp", "search", "research"}}
	like := v1alpha1.TagRule{Key: "team", Pattern: "[a-z]+"}
	both := v1alpha1.TagRule{Key: "team", Values: []string{"nlp", "NLP"}, Pattern: "[a-z]+"}
	required := func(rule v1alpha1.TagRule) v1alpha1.TagRule {
		rule.Required = new(true)
		return rule
	}
	tagged := func(value v1alpha1.TagValue) *builder.ModelBuilder { return newModel().Tag("team", value) }
	for name, test := range map[string]struct {
		rule v1alpha1.TagRule
		own  *builder.ModelBuilder
		want []string
	}{
		"a value that is allowed": {rule: in, own: tagged("search")},
		"a value that is not allowed": {
			in, tagged("vision"), []string{`tags.team: "vision" is not allowed by class standard: nlp, search or research`},
		},
		"a value in other letters": {
			in, tagged("NLP"), []string{`tags.team: "NLP" is not allowed by class standard: nlp, search or research`},
		},
		"no value, and none required": {rule: in, own: newModel()},
		"no value, and one required":  {required(in), newModel(), []string{"tags.team: required by class standard: nlp, search or research"}},
		"a blank value, and one required": {
			required(in), tagged(" "), []string{"tags.team: required by class standard: nlp, search or research"},
		},
		"an empty value, and none required": {
			in, tagged(""), []string{`tags.team: "" is not allowed by class standard: nlp, search or research`},
		},
		"any value, and one required": {rule: required(v1alpha1.TagRule{Key: "team"}), own: tagged("vision")},
		"no value, and any required": {
			required(v1alpha1.TagRule{Key: "team"}), newModel(), []string{"tags.team: required by class standard"},
		},
		"a value that matches": {rule: like, own: tagged("vision")},
		"a value that matches in part": {
			like, tagged("nlp team"), []string{`tags.team: "nlp team" does not match [a-z]+, as class standard demands`},
		},
		"no value, and one required to match": {
			required(like), newModel(), []string{"tags.team: required by class standard, to match [a-z]+"},
		},
		"a value that is allowed and does not match": {
			both, tagged("NLP"), []string{`tags.team: "NLP" does not match [a-z]+, as class standard demands`},
		},
		"a tag of which no rule speaks": {rule: in, own: newModel().Tag("stars", "5")},
		"a field that stands for a tag": {
			v1alpha1.TagRule{Key: "owner", Values: []string{"nlp-team"}}, newModel().Owner("me"),
			[]string{`owner: "me" is not allowed by class standard: nlp-team`},
		},
		"a tag that has a field": {
			v1alpha1.TagRule{Key: "owner", Values: []string{"nlp-team"}}, newModel().Tag("owner", "me"),
			[]string{`tags.owner: "me" is not allowed by class standard: nlp-team`},
		},
		"neither of the two, and one required": {
			required(v1alpha1.TagRule{Key: "use_case"}), newModel(), []string{"useCase: required by class standard"},
		},
		"a field that is required and there": {rule: required(v1alpha1.TagRule{Key: "deployment_target"}), own: newModel().DeploymentTarget("edge")},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := Merge(builder.Class("standard").TagRule(test.rule).Build(), test.own.Build())
			if diff := cmp.Diff(test.want, violationMessages(problems)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRequiredMetadata(t *testing.T) {
	class := builder.Class("standard").RequireMetadata(v1alpha1.MetadataOwner, v1alpha1.MetadataUseCase,
		v1alpha1.MetadataDeploymentTarget, v1alpha1.MetadataDescription).Build()
	whole := func() *builder.ModelBuilder {
		return newModel().Owner("nlp-team").UseCase("sentiment").DeploymentTarget("production").Description("News")
	}
	for name, test := range map[string]struct {
		own  *builder.ModelBuilder
		want []string
	}{
		"all of it": {own: whole()},
		"none of it": {newModel(), []string{
			"deploymentTarget: required by class standard", "description: required by class standard",
			"owner: required by class standard", "useCase: required by class standard",
		}},
		"an owner of blanks":       {whole().Owner("  "), []string{"owner: required by class standard"}},
		"a description of blanks":  {whole().Description("\n"), []string{"description: required by class standard"}},
		"the tag for the field":    {own: whole().Owner("").Tag("owner", "nlp-team")},
		"an empty description":     {whole().Description(""), []string{"description: required by class standard"}},
		"a use case in other tags": {whole().UseCase("").Tag("useCase", "sentiment"), []string{"useCase: required by class standard"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, problems := Merge(class, test.own.Build())
			if diff := cmp.Diff(test.want, violationMessages(problems)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What two rules demand of one field is said once.
func TestViolationsAreUnique(t *testing.T) {
	class := builder.Class("standard").RequireTag("owner").RequireMetadata(v1alpha1.MetadataOwner).Build()
	_, problems := Merge(class, newModel().Build())
	if diff := cmp.Diff([]string{"owner: required by class standard"}, violationMessages(problems)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPatternsMatchWholeValue(t *testing.T) {
	for name, test := range map[string]struct {
		pattern, value string
		want           bool
	}{
		"the whole value":                       {"[a-z]+", "nlp", true},
		"its beginning":                         {"[a-z]+", "nlp2", false},
		"its end":                               {"[a-z]+", "2nlp", false},
		"one of two, the shorter first":         {"n|nlp", "nlp", true},
		"one of two, each but a part":           {"nl|lp", "nlp", false},
		"as little as possible":                 {"n.*?", "nlp", true},
		"with anchors":                          {"^nlp$", "nlp", true},
		"lines of a value":                      {"(?m)^nlp$", "nlp\nvision", false},
		"a quotation that nothing ends":         {`\Qa.b`, "a.b", true},
		"a quotation and more":                  {`\Qa.b`, "a.bc", false},
		"brackets that would close other ones":  {"a)|(b", "b", false},
		"nothing":                               {"[a-z]*", "", true},
		"letters in either case":                {"(?i)nlp", "NLP", true},
		"a line break behind":                   {"nlp", "nlp\n", false},
		"a pattern that is none takes no value": {"(", "(", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isFullMatch(test.pattern, test.value); got != test.want {
				t.Errorf("%q matches %q: %t, want %t", test.pattern, test.value, got, test.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	sound := newClass().RequireTag("team", "nlp").TagRule(v1alpha1.TagRule{Key: "cost", Pattern: `\d{4}`})
	if problems := Validate(sound.Build()); len(problems) > 0 {
		t.Errorf("a sound class: %v", problems)
	}
	reserved := builder.GreaterThanGate("f1", "0")
	reserved.Name = "not-backward"
	unsound := sound.TagRule(v1alpha1.TagRule{Key: "domain", Pattern: "(news"}).Stages(builder.Stage("live").Gates(reserved))
	want := []string{
		"stages.live.gates.not-backward: the name is reserved for a built-in check: give the gate another name",
		`tags.domain.pattern: "(news" is no regular expression: missing closing )`,
	}
	if diff := cmp.Diff(want, violationMessages(Validate(unsound.Build()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
