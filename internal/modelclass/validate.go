// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package modelclass

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/gate"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// Validate finds what is wrong with a class in itself, beyond what the API server refuses.
// A model inherits from a sound class only.
func Validate(class *v1alpha1.ModelClass) []Violation {
	var problems []Violation
	for i := range class.Spec.Tags {
		rule := &class.Spec.Tags[i]
		if why := patternError(rule.Pattern); why != "" {
			problems = append(problems, newViolation(fmt.Sprintf("tags.%s.pattern", rule.Key),
				"%s is no regular expression: %s", quoteValue(rule.Pattern), why))
		}
	}
	for i := range class.Spec.Stages {
		stage := &class.Spec.Stages[i]
		for _, g := range stage.Gates {
			if gate.IsReservedName(g.Name) {
				problems = append(problems, newViolation(gateFieldPath(stage.Name, g.Name),
					"the name is reserved for a built-in check: give the gate another name"))
			}
		}
	}
	return sortViolations(problems)
}

// metadataTags are the tags that stand for fields of their own.
var metadataTags = map[string]v1alpha1.MetadataField{
	v1alpha1.TagOwner:            v1alpha1.MetadataOwner,
	v1alpha1.TagUseCase:          v1alpha1.MetadataUseCase,
	v1alpha1.TagDeploymentTarget: v1alpha1.MetadataDeploymentTarget,
}

// checkMetadata holds what a spec declares against the rules of the class.
func checkMetadata(class *v1alpha1.ModelClass, spec *v1alpha1.RegisteredModelSpec) []Violation {
	declared := spec.DeclaredTags()
	var problems []Violation
	for i := range class.Spec.Tags {
		rule := &class.Spec.Tags[i]
		value, there := declared[string(rule.Key)]
		if wrong := tagViolation(class.Name, rule, value, there); wrong != "" {
			problems = append(problems, Violation{Field: tagFieldPath(string(rule.Key), spec), Message: wrong})
		}
	}
	for _, field := range class.Spec.RequiredMetadata {
		if isBlank(metadataValue(field, spec, declared)) {
			problems = append(problems, newViolation(string(field), "required by class %s", class.Name))
		}
	}
	return problems
}

// tagViolation says how a value breaks a rule; empty when it does not. A tag that is not
// declared breaks only the rule that requires it, and a blank one is not declared to it.
func tagViolation(class string, rule *v1alpha1.TagRule, value string, there bool) string {
	required := rule.Required != nil && *rule.Required
	switch {
	case required && isBlank(value):
		return "required by class " + class + allowedValues(rule)
	case !there:
		return ""
	case len(rule.Values) > 0 && !slices.Contains(rule.Values, value):
		return quoteValue(value) + " is not allowed by class " + class + ": " + joinAlternatives(rule.Values)
	case rule.Pattern != "" && !isFullMatch(rule.Pattern, value):
		return quoteValue(value) + " does not match " + rule.Pattern + ", as class " + class + " demands"
	default:
		return ""
	}
}

// allowedValues says what a missing tag may be.
func allowedValues(rule *v1alpha1.TagRule) string {
	switch {
	case len(rule.Values) > 0:
		return ": " + joinAlternatives(rule.Values)
	case rule.Pattern != "":
		return ", to match " + rule.Pattern
	default:
		return ""
	}
}

// tagFieldPath is where a spec declares a tag, or would.
func tagFieldPath(key string, spec *v1alpha1.RegisteredModelSpec) string {
	_, inTags := spec.Tags[key]
	if field, has := metadataTags[key]; has && !inTags {
		return string(field)
	}
	return "tags." + key
}

func metadataValue(field v1alpha1.MetadataField, spec *v1alpha1.RegisteredModelSpec, declared map[string]string) string {
	for key, itsField := range metadataTags {
		if itsField == field {
			return declared[key]
		}
	}
	if spec.Description == nil {
		return ""
	}
	return *spec.Description
}

func isBlank(value string) bool {
	return strings.TrimSpace(value) == ""
}

// isFullMatch tells whether a value matches a pattern. What is no pattern matches nothing.
func isFullMatch(pattern, value string) bool {
	compiled, err := sanitize.CompilePattern(pattern)
	return err == nil && compiled.Matches(value)
}

// patternError says why a pattern is none; empty when it is one.
func patternError(pattern string) string {
	_, err := sanitize.CompilePattern(pattern)
	if err == nil {
		return ""
	}
	if wrong, ok := errors.AsType[*syntax.Error](err); ok {
		return wrong.Code.String()
	}
	return err.Error()
}
