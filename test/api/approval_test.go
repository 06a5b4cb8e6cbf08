// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package api

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const approvalFixed = "an approval never changes: delete it, and create another one"

var approvalRows = rows{
	"a yes":                        {"spec.decision", "Approve", ""},
	"a perhaps":                    {"spec.decision", "Abstain", unsupported("Abstain", "Approve", "Reject")},
	"a version without quotes":     {"spec.version", int64(8), `must be of type string: "integer"`},
	"a promotion of another place": {"spec.promotionRef.namespace", "mlops", `unknown field "spec.promotionRef.namespace"`},
	"a service account":            {"spec.approver", "system:serviceaccount:argocd:argocd-application-controller", ""},
	"no reason":                    {"spec.reason", absent{}, ""},
	"no evidence":                  {"spec.evidence", absent{}, ""},
	"evidence in capitals":         {"spec.evidence", "sha256:" + repeat("A", 64), "should match"},
	"evidence of another kind":     {"spec.evidence", "sha512:" + repeat("a", 64), "should match"},
	"a field nobody knows":         {"spec.approvedBy", "alice", `unknown field "spec.approvedBy"`},
}

var approvalChanges = rows{
	"promotionRef":     {"spec.promotionRef.name", "other", approvalFixed},
	"version":          {"spec.version", "9", approvalFixed},
	"decision":         {"spec.decision", "Approve", approvalFixed},
	"approver":         {"spec.approver", "bob@example.com", approvalFixed},
	"reason":           {"spec.reason", "it does not leak", approvalFixed},
	"evidence":         {"spec.evidence", "sha256:" + repeat("1", 64), approvalFixed},
	"reason removed":   {"spec.reason", absent{}, approvalFixed},
	"evidence removed": {"spec.evidence", absent{}, approvalFixed},
	"a label":          {"metadata.labels", map[string]any{"seen": "yes"}, ""},
}

// TestAnApprovalIsStoredAsItWasWritten: it has no defaults and no status, so that kstatus and
// whoever waits for it take it for done, which it is.
func TestAnApprovalIsStoredAsItWasWritten(t *testing.T) {
	approval := fullApproval()
	want := tree(t, approval)
	stored := roundTrip(t, approval)
	if diff := cmp.Diff(want.Object["spec"], stored.Object["spec"]); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
	if status, found, _ := unstructured.NestedMap(stored.Object, "status"); found {
		t.Errorf("it has the status %v", status)
	}
}
