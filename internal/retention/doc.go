// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package retention plans which versions of a model are kept, and what becomes of the
// others.
//
// # Purpose
//
// A model gathers versions for years, and its RegisteredModel or its class says how many
// of them are worth keeping. What must never be archived or deleted is decided here, on
// values: no context, no client, no clock.
//
// # Usage
//
//	protected := retention.Protect(stages, promotions, versionsTheyName)
//	situation := retention.Situation{Policy: policy, Model: model, Protected: protected}
//	if situation.Digest() != digestOfTheLastLook {
//		plan := retention.NewPlan(situation, versions)
//		for _, decision := range plan.Due() { … }
//	}
//
// # How it works
//
// Every version gets one decision: it is kept, with a reason, or it is archived, or
// deleted. The newest are those with the highest numbers: neither a time nor the order of
// texts counts. A version that was read afresh is judged again, by the plan that was made
// on the whole list: see Plan.Judge.
//
// The digest covers what can make a version due that was kept before. What keeps a version
// that is among the newest anyway is left out of it, so that the promotion of a new version
// lists none.
//
// # Trade-offs
//
// A tag of a version that is set or removed moves nothing that the view of the registry
// shows. It counts when something else has the versions listed again.
package retention
