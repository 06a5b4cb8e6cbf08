// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package inheritance

import (
	"slices"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// metadataTags are the tags that stand for fields of their own.
var metadataTags = map[string]v1alpha1.MetadataField{
	v1alpha1.TagOwner:            v1alpha1.MetadataOwner,
	v1alpha1.TagUseCase:          v1alpha1.MetadataUseCase,
	v1alpha1.TagDeploymentTarget: v1alpha1.MetadataDeploymentTarget,
}

// checkMetadata holds what a spec declares against the rules of the class.
func checkMetadata(class *v1alpha1.ModelClass, spec *v1alpha1.RegisteredModelSpec) []Problem {
	declared := spec.DeclaredTags()
	var problems []Problem
	for i := range class.Spec.Tags {
		rule := &class.Spec.Tags[i]
		value, there := declared[string(rule.Key)]
		if wrong := breach(class.Name, rule, value, there); wrong != "" {
			problems = append(problems, Problem{Field: fieldOf(string(rule.Key), spec), Message: wrong})
		}
	}
	for _, field := range class.Spec.RequiredMetadata {
		if isBlank(valueOf(field, spec, declared)) {
			problems = append(problems, problem(string(field), "required by class %s", class.Name))
		}
	}
	return problems
}

// breach says how a value breaks a rule; empty when it does not. A tag that is not
// declared breaks only the rule that requires it, and a blank one is not declared to it.
func breach(class string, rule *v1alpha1.TagRule, value string, there bool) string {
	required := rule.Required != nil && *rule.Required
	switch {
	case required && isBlank(value):
		return "required by class " + class + wanted(rule)
	case !there:
		return ""
	case len(rule.Values) > 0 && !slices.Contains(rule.Values, value):
		return show(value) + " is not allowed by class " + class + ": " + either(rule.Values)
	case rule.Pattern != "" && !matchesWhole(rule.Pattern, value):
		return show(value) + " does not match " + rule.Pattern + ", as class " + class + " demands"
	default:
		return ""
	}
}

// wanted says what a missing tag may be.
func wanted(rule *v1alpha1.TagRule) string {
	switch {
	case len(rule.Values) > 0:
		return ": " + either(rule.Values)
	case rule.Pattern != "":
		return ", to match " + rule.Pattern
	default:
		return ""
	}
}

// fieldOf is where a spec declares a tag, or would.
func fieldOf(key string, spec *v1alpha1.RegisteredModelSpec) string {
	_, inTags := spec.Tags[key]
	if field, has := metadataTags[key]; has && !inTags {
		return string(field)
	}
	return "tags." + key
}

func valueOf(field v1alpha1.MetadataField, spec *v1alpha1.RegisteredModelSpec, declared map[string]string) string {
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
