// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package builder

import (
	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// RetentionBuilder makes a retention.
type RetentionBuilder struct {
	retention v1alpha1.Retention
}

// KeepLatest starts with a retention that keeps some of the newest versions, and says nothing of
// the others.
func KeepLatest(count int32) *RetentionBuilder {
	return &RetentionBuilder{retention: v1alpha1.Retention{KeepLatest: count}}
}

// ArchiveOthers has the others archived.
func (b *RetentionBuilder) ArchiveOthers() *RetentionBuilder {
	b.retention.Action = v1alpha1.RetentionArchive
	return b
}

// DeleteOthers has the others deleted.
func (b *RetentionBuilder) DeleteOthers() *RetentionBuilder {
	b.retention.Action = v1alpha1.RetentionDelete
	return b
}

// KeepTagged are those of which one keeps a version.
func (b *RetentionBuilder) KeepTagged(keys ...v1alpha1.TagKey) *RetentionBuilder {
	b.retention.KeepTags = append(b.retention.KeepTags, keys...)
	return b
}

// Build is the retention; none where there is no builder.
func (b *RetentionBuilder) Build() *v1alpha1.Retention {
	if b == nil {
		return nil
	}
	return b.retention.DeepCopy()
}
