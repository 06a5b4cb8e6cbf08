// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connectionpolicy

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// Claim is what a model wants to use a connection for.
type Claim struct {
	Namespace Namespace
	// Model is the model's name in MLflow.
	Model string
	// Copied says that the claim is for a copy of one of the model's versions, not for the
	// model itself. A namespace that may use a model may copy its versions.
	Copied bool
	// Aliases are the aliases of the model's stages.
	Aliases []v1alpha1.Alias
	// MLflowStages are the legacy stages that its stages keep in sync.
	MLflowStages []v1alpha1.MLflowStage
}

// Policy is the compiled form of what a connection allows. The zero Policy allows nothing.
type Policy struct {
	connection string
	namespaces selection
	// unbounded says that an allowed namespace may use any model.
	unbounded bool
	rules     []policyRule
}

// policyRule allows some models to some namespaces.
type policyRule struct {
	namespaces selection
	// pattern matches the model's name; nil allows any name.
	pattern *sanitize.Pattern
	// aliases are the allowed aliases; empty allows any alias.
	aliases []v1alpha1.Alias
}

// CompilePolicy compiles the policy of a connection. The error names the invalid field; it
// is for readers of the connection only, because it quotes the rules of other namespaces.
func CompilePolicy(connection *v1alpha1.ClusterMLflowConnection) (*Policy, error) {
	spec := &connection.Spec
	namespaces, err := compileSelection(spec.AllowedNamespaces)
	if err != nil {
		return nil, fmt.Errorf("allowedNamespaces.selector is not valid: %w: change it", err)
	}
	policy := &Policy{connection: connection.Name, namespaces: namespaces, unbounded: len(spec.AllowedModels) == 0}
	for i, permission := range spec.AllowedModels {
		rule, err := compileRule(permission)
		if err != nil {
			return nil, fmt.Errorf("allowedModels[%d].%w", i, err)
		}
		policy.rules = append(policy.rules, rule)
	}
	return policy, nil
}

func compileRule(permission v1alpha1.ModelPermission) (policyRule, error) {
	rule := policyRule{aliases: permission.Aliases}
	var err error
	if rule.namespaces, err = compileSelection(permission.Namespaces); err != nil {
		return policyRule{}, fmt.Errorf("namespaces.selector is not valid: %w: change it", err)
	}
	if permission.ModelPattern == "" {
		return rule, nil
	}
	if rule.pattern, err = sanitize.CompilePattern(permission.ModelPattern); err != nil {
		return policyRule{}, fmt.Errorf("modelPattern is not a valid RE2 regular expression: %w: change it", err)
	}
	return rule, nil
}

// DenialReason says why the policy denies a claim; empty if it allows the claim.
func (p *Policy) DenialReason(claim Claim) string {
	prefix := fmt.Sprintf("ClusterMLflowConnection %s does not allow namespace %s", p.connection, claim.Namespace.Name)
	if !p.namespaces.hasNamespace(claim.Namespace) {
		return prefix + ": have it added to allowedNamespaces, or use a connection that allows it"
	}
	if p.unbounded {
		return ""
	}
	rules := slices.DeleteFunc(slices.Clone(p.rules), func(r policyRule) bool { return !r.isApplicable(claim) })
	switch {
	case len(rules) == 0 && claim.Copied:
		return fmt.Sprintf("%s to have copies of model %s: have it added to allowedModels, or use a version that comes from elsewhere",
			prefix, claim.Model)
	case len(rules) == 0:
		return fmt.Sprintf("%s to have model %s: have it added to allowedModels, or choose another modelName", prefix, claim.Model)
	}
	for _, alias := range claim.Aliases {
		if !slices.ContainsFunc(rules, func(r policyRule) bool { return r.isAliasAllowed(alias) }) {
			return fmt.Sprintf("%s to have alias %s on model %s: have it added to allowedModels, or choose another alias",
				prefix, alias, claim.Model)
		}
	}
	if len(claim.MLflowStages) > 0 && !slices.ContainsFunc(rules, policyRule.hasAllAliases) {
		return fmt.Sprintf("%s to have mlflowStage %s on model %s: have it added to allowedModels without aliases, or leave mlflowStage out",
			prefix, claim.MLflowStages[0], claim.Model)
	}
	return ""
}

// isApplicable reports whether the rule covers the namespace and the whole name of the model.
func (r policyRule) isApplicable(claim Claim) bool {
	return r.namespaces.hasNamespace(claim.Namespace) && (r.pattern == nil || r.pattern.Matches(claim.Model))
}

func (r policyRule) isAliasAllowed(alias v1alpha1.Alias) bool {
	return len(r.aliases) == 0 || slices.Contains(r.aliases, alias)
}

// hasAllAliases reports whether the rule allows a stage to keep a legacy stage in sync. A
// model has each legacy stage once, and all aliases share them, so a namespace that is
// limited to some aliases must not write them.
func (r policyRule) hasAllAliases() bool {
	return len(r.aliases) == 0
}

// ShouldReadLabels reports whether a decision depends on the labels of the namespace.
func (p *Policy) ShouldReadLabels() bool {
	return p.namespaces.labels != nil ||
		slices.ContainsFunc(p.rules, func(r policyRule) bool { return r.namespaces.labels != nil })
}

// ShouldReadStages reports whether a decision depends on the stages of the model.
func (p *Policy) ShouldReadStages() bool {
	return slices.ContainsFunc(p.rules, func(r policyRule) bool { return len(r.aliases) > 0 })
}
