// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const approvalImmutable = "an approval never changes: delete it, and create another one"

var approvalRows = validationCases{
	"a yes":                        {"spec.decision", "Approve", ""},
	"a perhaps":                    {"spec.decision", "Abstain", unsupportedValue("Abstain", "Approve", "Reject")},
	"a version without quotes":     {"spec.version", int64(8), `must be of type string: "integer"`},
	"a promotion in capitals":      {"spec.promotionRef.name", "Sentiment", noObjectName},
	"a version with a v":           {"spec.version", "v7", noVersion},
	"a promotion of another place": {"spec.promotionRef.namespace", "mlops", `unknown field "spec.promotionRef.namespace"`},
	"a service account":            {"spec.approver", "system:serviceaccount:argocd:argocd-application-controller", ""},
	"no reason":                    {"spec.reason", absent{}, ""},
	"no evidence":                  {"spec.evidence", absent{}, ""},
	"evidence in capitals":         {"spec.evidence", "sha256:" + repeat("A", 64), noDigest},
	"evidence of another kind":     {"spec.evidence", "sha512:" + repeat("a", 64), noDigest},
	"an unknown field":             {"spec.approvedBy", "alice", `unknown field "spec.approvedBy"`},
}

var approvalChanges = validationCases{
	"promotionRef":     {"spec.promotionRef.name", "other", approvalImmutable},
	"version":          {"spec.version", "9", approvalImmutable},
	"decision":         {"spec.decision", "Approve", approvalImmutable},
	"approver":         {"spec.approver", "bob@example.com", approvalImmutable},
	"reason":           {"spec.reason", "it does not leak", approvalImmutable},
	"evidence":         {"spec.evidence", "sha256:" + repeat("1", 64), approvalImmutable},
	"reason removed":   {"spec.reason", absent{}, approvalImmutable},
	"evidence removed": {"spec.evidence", absent{}, approvalImmutable},
	"a label":          {"metadata.labels", map[string]any{"seen": "yes"}, ""},
}

// TestApprovalIsStoredUnchanged checks that an approval has no defaults and no status, so that kstatus treats it
// as ready.
func TestApprovalIsStoredUnchanged(t *testing.T) {
	approval := fullApproval()
	want := toUnstructured(t, approval)
	stored := createAndRead(t, approval)
	if diff := cmp.Diff(want.Object["spec"], stored.Object["spec"]); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if status, found, _ := unstructured.NestedMap(stored.Object, "status"); found {
		t.Errorf("it has the status %v", status)
	}
}
