// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package identity proves that a user name in one of our objects is that of the user who
// wrote it.
//
// # Purpose
//
// An approval is worth as much as its approver is authentic. The API server alone knows
// who creates an object, and a ValidatingAdmissionPolicy (config/policy) lets it refuse an
// object that names somebody else. But a policy can be missing, be bound to other
// namespaces, say something else, or have been away for a while. This package finds out.
//
// # Usage
//
//	prover := identity.NewVerifier(client, reader, identity.Options{})
//	since, err := prover.Since(ctx, "news", true)
//
// An err says in a sentence why no name is to be trusted. What was created at or before
// since may have been written while nobody looked.
//
// # How it works
//
// The prover asks the API server, as a dry run, to create an approval in somebody else's
// name. Only a refusal that names a ValidatingAdmissionPolicy and its binding proves
// anything: that a policy is in force there. A refusal for another reason, such as missing
// rights or a namespace that is going away, does not. The prover then reads that policy and
// that binding, and makes sure that they say what is shipped, for every object, and have
// done so since they were created: what was edited does not tell since when it says so.
//
// # Trade-offs
//
// A proof takes three requests, so that one is remembered for some minutes. Whoever is about
// to write on the strength of it asks afresh. The shipped policy can't be edited in place: a
// release that changes it gives it another name, so that it is created anew, and the
// approvals of before are void. Only approvals carry a time that nobody can change: a name
// that was written into a spec while the policy was away is not found out. Who may change
// admission policies or impersonate users can write what they like.
package approvalauth
