// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package tenancy

import (
	"fmt"
	"slices"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/text"
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

// Rules are what a connection allows, ready for use. The zero Rules allow nothing.
type Rules struct {
	connection string
	namespaces selection
	// unbounded is whether an allowed namespace may have any model.
	unbounded bool
	entries   []entry
}

// entry lets some namespaces have some models.
type entry struct {
	namespaces selection
	// pattern is nil where any name will do, and aliases where any alias will.
	pattern *text.Pattern
	aliases []v1alpha1.Alias
}

// Compile makes rules of what a connection says. The error names the field that can't be
// carried out, and is for those who may read the connection.
func Compile(connection *v1alpha1.ClusterMLflowConnection) (*Rules, error) {
	spec := &connection.Spec
	namespaces, err := compileSelection(spec.AllowedNamespaces)
	if err != nil {
		return nil, fmt.Errorf("allowedNamespaces.selector can't be used: %w: change it", err)
	}
	rules := &Rules{connection: connection.Name, namespaces: namespaces, unbounded: len(spec.Allow) == 0}
	for i, permission := range spec.Allow {
		compiled, err := compileEntry(permission)
		if err != nil {
			return nil, fmt.Errorf("allow[%d].%w", i, err)
		}
		rules.entries = append(rules.entries, compiled)
	}
	return rules, nil
}

func compileEntry(permission v1alpha1.ModelPermission) (entry, error) {
	compiled := entry{aliases: permission.Aliases}
	var err error
	if compiled.namespaces, err = compileSelection(permission.Namespaces); err != nil {
		return entry{}, fmt.Errorf("namespaces.selector can't be used: %w: change it", err)
	}
	if permission.ModelPattern == "" {
		return compiled, nil
	}
	if compiled.pattern, err = text.CompilePattern(permission.ModelPattern); err != nil {
		return entry{}, fmt.Errorf("modelPattern is no regular expression that RE2 knows: %w: change it", err)
	}
	return compiled, nil
}

// Refuse says why a claim is not allowed; empty when it is.
func (r *Rules) Refuse(claim Claim) string {
	prefix := fmt.Sprintf("ClusterMLflowConnection %s does not allow namespace %s", r.connection, claim.Namespace.Name)
	if !r.namespaces.has(claim.Namespace) {
		return prefix + ": have it added to allowedNamespaces, or use a connection that allows it"
	}
	if r.unbounded {
		return ""
	}
	entries := slices.DeleteFunc(slices.Clone(r.entries), func(e entry) bool { return !e.isFor(claim) })
	switch {
	case len(entries) == 0 && claim.Copied:
		return fmt.Sprintf("%s to have copies of model %s: have it added to allow, or use a version that comes from elsewhere",
			prefix, claim.Model)
	case len(entries) == 0:
		return fmt.Sprintf("%s to have model %s: have it added to allow, or choose another modelName", prefix, claim.Model)
	}
	for _, alias := range claim.Aliases {
		if !slices.ContainsFunc(entries, func(e entry) bool { return e.allows(alias) }) {
			return fmt.Sprintf("%s to have alias %s on model %s: have it added to allow, or choose another alias",
				prefix, alias, claim.Model)
		}
	}
	if len(claim.MLflowStages) > 0 && !slices.ContainsFunc(entries, entry.allowsMLflowStages) {
		return fmt.Sprintf("%s to have mlflowStage %s on model %s: have it added to allow without aliases, or leave mlflowStage out",
			prefix, claim.MLflowStages[0], claim.Model)
	}
	return ""
}

// isFor tells whether the entry speaks of the namespace and of the whole name of the model.
func (e entry) isFor(claim Claim) bool {
	return e.namespaces.has(claim.Namespace) && (e.pattern == nil || e.pattern.Matches(claim.Model))
}

func (e entry) allows(alias v1alpha1.Alias) bool {
	return len(e.aliases) == 0 || slices.Contains(e.aliases, alias)
}

// allowsMLflowStages tells whether the entry lets stages keep a legacy stage in step. A model
// has one of each, whatever the aliases: who may have some only must not write into what is
// everybody's.
func (e entry) allowsMLflowStages() bool {
	return len(e.aliases) == 0
}

// ReadLabels tells whether what the rules say of a namespace depends on its labels.
func (r *Rules) ReadLabels() bool {
	return r.namespaces.labels != nil ||
		slices.ContainsFunc(r.entries, func(e entry) bool { return e.namespaces.labels != nil })
}

// ReadStages tells whether what the rules say of a model depends on its stages.
func (r *Rules) ReadStages() bool {
	return slices.ContainsFunc(r.entries, func(e entry) bool { return len(e.aliases) > 0 })
}
