// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package connectionpolicy

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/sanitize"
)

// Claim is what a model asks of a connection.
type Claim struct {
	Namespace Namespace
	// Model is the model's name in MLflow.
	Model string
	// Copied is whether the model is not to be had, but one of its versions is to be copied.
	// Who may have a model may have copies of it.
	Copied bool
	// Aliases are those of its stages, and MLflowStages the legacy stages that they keep in
	// step.
	Aliases      []v1alpha1.Alias
	MLflowStages []v1alpha1.MLflowStage
}

// Namespace is a namespace as selections see it.
type Namespace struct {
	Name string
	// Labels are nil where they are not known: then no label selects the namespace. Each
	// namespace that exists has one at least.
	Labels map[string]string
}

// Policy are what a connection allows, ready for use. The zero Rules allow nothing.
type Policy struct {
	connection string
	namespaces selection
	// unbounded is whether an allowed namespace may have any model.
	unbounded bool
	rules     []policyRule
}

// policyRule lets some namespaces have some models.
type policyRule struct {
	namespaces selection
	// pattern is nil where any name will do, and aliases where any alias will.
	pattern *sanitize.Pattern
	aliases []v1alpha1.Alias
}

// CompilePolicy makes rules of what a connection says. The error names the field that can't be
// carried out, and is for those who may read the connection.
func CompilePolicy(connection *v1alpha1.ClusterMLflowConnection) (*Policy, error) {
	spec := &connection.Spec
	namespaces, err := compileSelection(spec.AllowedNamespaces)
	if err != nil {
		return nil, fmt.Errorf("allowedNamespaces.selector can't be used: %w: change it", err)
	}
	rules := &Policy{connection: connection.Name, namespaces: namespaces, unbounded: len(spec.AllowedModels) == 0}
	for i, permission := range spec.AllowedModels {
		compiled, err := compileRule(permission)
		if err != nil {
			return nil, fmt.Errorf("allowedModels[%d].%w", i, err)
		}
		rules.rules = append(rules.rules, compiled)
	}
	return rules, nil
}

func compileRule(permission v1alpha1.ModelPermission) (policyRule, error) {
	compiled := policyRule{aliases: permission.Aliases}
	var err error
	if compiled.namespaces, err = compileSelection(permission.Namespaces); err != nil {
		return policyRule{}, fmt.Errorf("namespaces.selector can't be used: %w: change it", err)
	}
	if permission.ModelPattern == "" {
		return compiled, nil
	}
	if compiled.pattern, err = sanitize.CompilePattern(permission.ModelPattern); err != nil {
		return policyRule{}, fmt.Errorf("modelPattern is no regular expression that RE2 knows: %w: change it", err)
	}
	return compiled, nil
}

// DenialReason says why a claim is not allowed; empty when it is.
func (r *Policy) DenialReason(claim Claim) string {
	prefix := fmt.Sprintf("ClusterMLflowConnection %s does not allow namespace %s", r.connection, claim.Namespace.Name)
	if !r.namespaces.hasNamespace(claim.Namespace) {
		return prefix + ": have it added to allowedNamespaces, or use a connection that allows it"
	}
	if r.unbounded {
		return ""
	}
	entries := slices.DeleteFunc(slices.Clone(r.rules), func(e policyRule) bool { return !e.isApplicable(claim) })
	switch {
	case len(entries) == 0 && claim.Copied:
		return fmt.Sprintf("%s to have copies of model %s: have it added to allowedModels, or use a version that comes from elsewhere",
			prefix, claim.Model)
	case len(entries) == 0:
		return fmt.Sprintf("%s to have model %s: have it added to allowedModels, or choose another modelName", prefix, claim.Model)
	}
	for _, alias := range claim.Aliases {
		if !slices.ContainsFunc(entries, func(e policyRule) bool { return e.isAliasAllowed(alias) }) {
			return fmt.Sprintf("%s to have alias %s on model %s: have it added to allowedModels, or choose another alias",
				prefix, alias, claim.Model)
		}
	}
	if len(claim.MLflowStages) > 0 && !slices.ContainsFunc(entries, policyRule.hasAllAliases) {
		return fmt.Sprintf("%s to have mlflowStage %s on model %s: have it added to allowedModels without aliases, or leave mlflowStage out",
			prefix, claim.MLflowStages[0], claim.Model)
	}
	return ""
}

// isApplicable tells whether the entry speaks of the namespace and of the whole name of the model.
func (e policyRule) isApplicable(claim Claim) bool {
	return e.namespaces.hasNamespace(claim.Namespace) && (e.pattern == nil || e.pattern.Matches(claim.Model))
}

func (e policyRule) isAliasAllowed(alias v1alpha1.Alias) bool {
	return len(e.aliases) == 0 || slices.Contains(e.aliases, alias)
}

// hasAllAliases tells whether the entry lets stages keep a legacy stage in step. A model
// has one of each, whatever the aliases: who may have some only must not write into what is
// everybody's.
func (e policyRule) hasAllAliases() bool {
	return len(e.aliases) == 0
}

// ShouldReadLabels tells whether what the rules say of a namespace depends on its labels.
func (r *Policy) ShouldReadLabels() bool {
	return r.namespaces.labels != nil ||
		slices.ContainsFunc(r.rules, func(e policyRule) bool { return e.namespaces.labels != nil })
}

// ShouldReadStages tells whether what the rules say of a model depends on its stages.
func (r *Policy) ShouldReadStages() bool {
	return slices.ContainsFunc(r.rules, func(e policyRule) bool { return len(e.aliases) > 0 })
}
