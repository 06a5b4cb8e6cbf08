// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package retention plans which versions of a model to keep, and which to archive or delete.
//
// # Purpose
//
// A model accumulates versions for years, and its RegisteredModel or its class says how
// many to keep. This package decides what must never be archived or deleted. The decision
// is a function of values: no context, no client, no clock.
//
// # Usage
//
//	protected := retention.FindProtected(stages, promotions, modelVersions)
//	state := retention.State{Policy: policy, Model: model, Protected: protected}
//	if state.Digest() != lastDigest {
//		plan := retention.NewPlan(state, versions)
//		for _, decision := range plan.Pending() { … }
//	}
//
// # How it works
//
// Every version gets one decision: keep, archive or delete, with a reason. The newest
// versions are those with the highest numbers: neither their times nor the order of their
// texts counts. Before a version is archived or deleted, the caller reads it once more, and
// Plan.Decide decides about what it read, with the plan that was made from the whole list.
//
// The digest covers everything that can make a version pending that was kept before. It
// leaves out what protects a version that is among the newest anyway, so that the promotion
// of a new version does not cause another list.
//
// # Trade-offs
//
// A tag that is set on a version or removed from it changes nothing that a poll of the
// registry shows. It counts only when another change causes the versions to be listed.
package retention
