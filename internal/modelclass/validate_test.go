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
		"an allowed value": {rule: in, own: tagged("search")},
		"a forbidden value": {
			in, tagged("vision"), []string{`tags.team: "vision" is not allowed by class standard: nlp, search or research`},
		},
		"a value in upper case": {
			in, tagged("NLP"), []string{`tags.team: "NLP" is not allowed by class standard: nlp, search or research`},
		},
		"no value, not required": {rule: in, own: newModel()},
		"no value, required":     {required(in), newModel(), []string{"tags.team: required by class standard: nlp, search or research"}},
		"a blank value, required": {
			required(in), tagged(" "), []string{"tags.team: required by class standard: nlp, search or research"},
		},
		"an empty value, not required": {
			in, tagged(""), []string{`tags.team: "" is not allowed by class standard: nlp, search or research`},
		},
		"any value, required": {rule: required(v1alpha1.TagRule{Key: "team"}), own: tagged("vision")},
		"no value, any value required": {
			required(v1alpha1.TagRule{Key: "team"}), newModel(), []string{"tags.team: required by class standard"},
		},
		"a matching value": {rule: like, own: tagged("vision")},
		"a value that matches partly": {
			like, tagged("nlp team"), []string{`tags.team: "nlp team" does not match [a-z]+, which class standard requires`},
		},
		"no value, a matching one required": {
			required(like), newModel(), []string{"tags.team: required by class standard, and must match [a-z]+"},
		},
		"an allowed value that does not match": {
			both, tagged("NLP"), []string{`tags.team: "NLP" does not match [a-z]+, which class standard requires`},
		},
		"a tag without a rule": {rule: in, own: newModel().Tag("stars", "5")},
		"a field that sets the tag": {
			v1alpha1.TagRule{Key: "owner", Values: []string{"nlp-team"}}, newModel().Owner("me"),
			[]string{`owner: "me" is not allowed by class standard: nlp-team`},
		},
		"a tag instead of its field": {
			v1alpha1.TagRule{Key: "owner", Values: []string{"nlp-team"}}, newModel().Tag("owner", "me"),
			[]string{`tags.owner: "me" is not allowed by class standard: nlp-team`},
		},
		"neither tag nor field, required": {
			required(v1alpha1.TagRule{Key: "use_case"}), newModel(), []string{"useCase: required by class standard"},
		},
		"a required field": {
			rule: required(v1alpha1.TagRule{Key: "deployment_target"}), own: newModel().DeploymentTarget("edge"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, violations := Merge(builder.Class("standard").TagRule(test.rule).Build(), test.own.Build())
			if diff := cmp.Diff(test.want, violationMessages(violations)); diff != "" {
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
		"a blank owner":                    {whole().Owner("  "), []string{"owner: required by class standard"}},
		"a blank description":              {whole().Description("\n"), []string{"description: required by class standard"}},
		"the tag instead of the field":     {own: whole().Owner("").Tag("owner", "nlp-team")},
		"an empty description":             {whole().Description(""), []string{"description: required by class standard"}},
		"a tag with the name of the field": {whole().UseCase("").Tag("useCase", "sentiment"), []string{"useCase: required by class standard"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, violations := Merge(class, test.own.Build())
			if diff := cmp.Diff(test.want, violationMessages(violations)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestViolationsAreUnique: two rules that require the same field give one violation.
func TestViolationsAreUnique(t *testing.T) {
	class := builder.Class("standard").RequireTag("owner").RequireMetadata(v1alpha1.MetadataOwner).Build()
	_, violations := Merge(class, newModel().Build())
	if diff := cmp.Diff([]string{"owner: required by class standard"}, violationMessages(violations)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestPatternsMatchWholeValue(t *testing.T) {
	for name, test := range map[string]struct {
		pattern, value string
		want           bool
	}{
		"the whole value": {"[a-z]+", "nlp", true},
		"its beginning":   {"[a-z]+", "nlp2", false},
		"its end":         {"[a-z]+", "2nlp", false},
		"one of two alternatives, the shorter first":        {"n|nlp", "nlp", true},
		"two alternatives, each only a part":                {"nl|lp", "nlp", false},
		"a lazy pattern":                                    {"n.*?", "nlp", true},
		"with anchors":                                      {"^nlp$", "nlp", true},
		"one line of the value":                             {"(?m)^nlp$", "nlp\nvision", false},
		"an unclosed quotation":                             {`\Qa.b`, "a.b", true},
		"an unclosed quotation and more":                    {`\Qa.b`, "a.bc", false},
		"parentheses that close a group around the pattern": {"a)|(b", "b", false},
		"an empty value":                                    {"[a-z]*", "", true},
		"ignoring case":                                     {"(?i)nlp", "NLP", true},
		"a line break at the end":                           {"nlp", "nlp\n", false},
		"an invalid pattern matches nothing":                {"(", "(", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isFullMatch(test.pattern, test.value); got != test.want {
				t.Errorf("%q matches %q: %t, want %t", test.pattern, test.value, got, test.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	valid := newClass().RequireTag("team", "nlp").TagRule(v1alpha1.TagRule{Key: "cost", Pattern: `\d{4}`})
	if violations := Validate(valid.Build()); len(violations) > 0 {
		t.Errorf("a valid class: %v", violations)
	}
	reserved := builder.GreaterThanGate("f1", "0")
	reserved.Name = "not-backward"
	invalid := valid.TagRule(v1alpha1.TagRule{Key: "domain", Pattern: "(news"}).Stages(builder.Stage("live").Gates(reserved))
	want := []string{
		"stages.live.gates.not-backward: the name is reserved for a built-in check: rename the gate",
		`tags.domain.pattern: "(news" is not a valid regular expression: missing closing )`,
	}
	if diff := cmp.Diff(want, violationMessages(Validate(invalid.Build()))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
