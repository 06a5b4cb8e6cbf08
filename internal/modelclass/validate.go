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

// Validate returns what is wrong with a class, beyond what the API server rejects. Merge
// needs a class without violations.
func Validate(class *v1alpha1.ModelClass) []Violation {
	var violations []Violation
	for i := range class.Spec.Tags {
		rule := &class.Spec.Tags[i]
		if syntaxError := patternError(rule.Pattern); syntaxError != "" {
			violations = append(violations, newViolation(fmt.Sprintf("tags.%s.pattern", rule.Key),
				"%s is not a valid regular expression: %s", quoteValue(rule.Pattern), syntaxError))
		}
	}
	for i := range class.Spec.Stages {
		stage := &class.Spec.Stages[i]
		for _, g := range stage.Gates {
			if gate.IsReservedName(g.Name) {
				violations = append(violations, newViolation(gateFieldPath(stage.Name, g.Name),
					"the name is reserved for a built-in check: rename the gate"))
			}
		}
	}
	return sortViolations(violations)
}

// metadataTags maps tags to the fields of the spec that set them.
var metadataTags = map[string]v1alpha1.MetadataField{
	v1alpha1.TagOwner:            v1alpha1.MetadataOwner,
	v1alpha1.TagUseCase:          v1alpha1.MetadataUseCase,
	v1alpha1.TagDeploymentTarget: v1alpha1.MetadataDeploymentTarget,
}

// checkMetadata checks what a spec declares against the rules of the class.
func checkMetadata(class *v1alpha1.ModelClass, spec *v1alpha1.RegisteredModelSpec) []Violation {
	declared := spec.DeclaredTags()
	var violations []Violation
	for i := range class.Spec.Tags {
		rule := &class.Spec.Tags[i]
		value, isDeclared := declared[string(rule.Key)]
		if message := tagViolation(class.Name, rule, value, isDeclared); message != "" {
			violations = append(violations, Violation{Field: tagFieldPath(string(rule.Key), spec), Message: message})
		}
	}
	for _, field := range class.Spec.RequiredMetadata {
		if isBlank(metadataValue(field, spec, declared)) {
			violations = append(violations, newViolation(string(field), "required by class %s", class.Name))
		}
	}
	return violations
}

// tagViolation says how a value violates a rule; empty if it does not. A tag that is not
// declared violates only a rule that requires it. To such a rule, a blank tag is not declared.
func tagViolation(class string, rule *v1alpha1.TagRule, value string, isDeclared bool) string {
	required := rule.Required != nil && *rule.Required
	switch {
	case required && isBlank(value):
		return "required by class " + class + allowedValues(rule)
	case !isDeclared:
		return ""
	case len(rule.Values) > 0 && !slices.Contains(rule.Values, value):
		return quoteValue(value) + " is not allowed by class " + class + ": " + joinAlternatives(rule.Values)
	case rule.Pattern != "" && !isFullMatch(rule.Pattern, value):
		return quoteValue(value) + " does not match " + rule.Pattern + ", which class " + class + " requires"
	default:
		return ""
	}
}

// allowedValues ends the message for a missing tag with the values that it may have.
func allowedValues(rule *v1alpha1.TagRule) string {
	switch {
	case len(rule.Values) > 0:
		return ": " + joinAlternatives(rule.Values)
	case rule.Pattern != "":
		return ", and must match " + rule.Pattern
	default:
		return ""
	}
}

// tagFieldPath returns the field in which a spec declares a tag. For a missing tag, it is the
// field that should.
func tagFieldPath(key string, spec *v1alpha1.RegisteredModelSpec) string {
	_, inTags := spec.Tags[key]
	if field, has := metadataTags[key]; has && !inTags {
		return string(field)
	}
	return "tags." + key
}

func metadataValue(field v1alpha1.MetadataField, spec *v1alpha1.RegisteredModelSpec, declared map[string]string) string {
	for key, tagField := range metadataTags {
		if tagField == field {
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

// isFullMatch reports whether a whole value matches a pattern. An invalid pattern matches nothing.
func isFullMatch(pattern, value string) bool {
	compiled, err := sanitize.CompilePattern(pattern)
	return err == nil && compiled.Matches(value)
}

// patternError says why a pattern is not valid; empty if it is valid.
func patternError(pattern string) string {
	_, err := sanitize.CompilePattern(pattern)
	if err == nil {
		return ""
	}
	if syntaxError, ok := errors.AsType[*syntax.Error](err); ok {
		return syntaxError.Code.String()
	}
	return err.Error()
}
