// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package approvalauth verifies that a user name in an object of this API is the name of
// the user who wrote it.
//
// # Purpose
//
// An approval is only as good as the proof that its approver wrote it. Only the API server
// knows which user creates an object. A ValidatingAdmissionPolicy (config/policy) rejects
// an object that names another user. But the policy can be missing, be bound to other
// namespaces, have other rules, or have been absent for some time. This package checks
// that the shipped policy is in force, and since when.
//
// # Usage
//
//	verifier := approvalauth.NewVerifier(client, reader, approvalauth.Options{})
//	since, err := verifier.EffectiveSince(ctx, "news", true)
//
// If err is not nil, no user name in the namespace is trustworthy, and err says why. An
// object that was created at or before since is not trustworthy either: the policy may
// not have checked it.
//
// # How it works
//
// The verifier sends the API server a dry run: it creates an approval in the name of a
// user that does not exist. The only proof is a rejection that names a
// ValidatingAdmissionPolicy and its binding: a policy is in force in that namespace. A
// rejection for another reason, such as missing rights or a namespace that is being
// deleted, proves nothing. The verifier then reads that policy and that binding. Both
// must have the shipped rules, match every object, and be unedited since their creation:
// an edited object does not record when its current rules took effect.
//
// # Trade-offs
//
// A proof takes three requests, so the verifier caches it for some minutes. A caller that
// is about to write because of an approval asks for a refresh. The shipped policy can't be
// edited in place: a release that changes it renames it, so the new policy has a new
// creation time and earlier approvals are void. Only approvals have a time that users
// can't change: the verifier does not detect a name that was written into a spec while the
// policy was absent. Users who can change admission policies or impersonate others can
// write any name.
package approvalauth
