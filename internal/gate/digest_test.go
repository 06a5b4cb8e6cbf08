// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
)

// fullGate is a gate that sets every field of its type, none to its default, and the hash of its
// demand.
type fullGate struct {
	build func() v1alpha1.Gate
	hash  string
}

// fullGates has one gate for each type, by the name of the API's field. The test of a type adds
// it, so that the tests below cover a new type.
var fullGates = map[string]fullGate{}

func addFullGate(field, hash string, build func() v1alpha1.Gate) bool {
	fullGates[field] = fullGate{build, hash}
	return true
}

// TestEveryTypeHasFullGate: each entry of the table has a gate here, so that the tests below cover
// it, under the name of the API's field.
func TestEveryTypeHasFullGate(t *testing.T) {
	for _, e := range evaluators {
		full, found := fullGates[e.fieldName()]
		if !found {
			t.Fatalf("%s has no full gate", e.gateType)
		}
		if got := TypeOf(full.build()); got != e.gateType {
			t.Errorf("the full gate of %s has type %s", e.gateType, got)
		}
		field, found := reflect.TypeFor[v1alpha1.Gate]().FieldByName(string(e.gateType))
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); !found || name != e.fieldName() {
			t.Errorf("the API has field %s for type %s", name, e.gateType)
		}
	}
	if fields, want := reflect.TypeFor[v1alpha1.Gate]().NumField(), 1+len(evaluators); fields != want {
		t.Errorf("the API's gate has %d fields, want a name and one for each of %d types", fields, len(evaluators))
	}
}

// TestEveryEditIsAnotherDemand edits each field of Gate, also one that is added later. Each
// edit gives a different hash of the demand and a different digest, and so voids the approvals
// that name evidence, unless the gate is an approval itself.
func TestEveryEditIsAnotherDemand(t *testing.T) {
	for kind, full := range fullGates {
		t.Run(kind, func(t *testing.T) {
			gate := full.build()
			f := newApprovalFixture()
			f.addRunVersion("4", runA, newPoint("f1", "0.9"))
			before, hash := f.evaluate(t, newRequest(gate)), HashDemand(gate)
			editable := reflect.ValueOf(&gate).Elem()
			edits := 0
			walkEdits(t, kind, editable, func(path string) {
				edits++
				after := f.evaluate(t, newRequest(gate))
				if HashDemand(gate) == hash {
					t.Errorf("%s was edited, and the demand has the same hash", path)
				}
				if after.Digest() == before.Digest() {
					t.Errorf("%s was edited, and the digest is the same", path)
				}
				same, want := after.EvidenceDigest() == before.EvidenceDigest(), kind == "approval" && gate.Approval != nil
				if same != want {
					t.Errorf("%s was edited; the evidence is the same: %t, want %t", path, same, want)
				}
			})
			if edits < 5 {
				t.Errorf("only %d edits", edits)
			}
			if HashDemand(gate) != hash {
				t.Error("an edit was not undone")
			}
		})
	}
}

// walkEdits edits each field of a value in turn, calls check, and undoes the edit. A kind of
// field that it does not know fails the test.
func walkEdits(t *testing.T, path string, g reflect.Value, check func(path string)) {
	t.Helper()
	edit := func(how string, edited reflect.Value) {
		before := reflect.New(g.Type()).Elem()
		before.Set(g)
		g.Set(edited)
		check(path + how)
		g.Set(before)
	}
	switch g.Kind() {
	case reflect.Struct:
		for i := range g.NumField() {
			if !g.Type().Field(i).IsExported() {
				t.Fatalf("%s.%s can't be edited", path, g.Type().Field(i).Name)
			}
			walkEdits(t, path+"."+g.Type().Field(i).Name, g.Field(i), check)
		}
	case reflect.Pointer:
		if g.IsNil() {
			edit(" set", reflect.New(g.Type().Elem()))
			return
		}
		walkEdits(t, path, g.Elem(), check)
		edit(" removed", reflect.Zero(g.Type()))
	case reflect.Slice:
		for i := range g.Len() {
			walkEdits(t, fmt.Sprintf("%s[%d]", path, i), g.Index(i), check)
		}
		edit(" extended", reflect.Append(g, reflect.Zero(g.Type().Elem())))
		edit(" shortened", g.Slice(0, g.Len()-1))
	case reflect.String:
		edit("", reflect.ValueOf(g.String()+"1").Convert(g.Type()))
	case reflect.Bool:
		edit("", reflect.ValueOf(!g.Bool()).Convert(g.Type()))
	case reflect.Int, reflect.Int32, reflect.Int64:
		edit("", reflect.ValueOf(g.Int()+1).Convert(g.Type()))
	default:
		t.Fatalf("%s is a %s: add it to this test and to the canonical form", path, g.Kind())
	}
}

// TestSameDemand: gates that are written differently and mean the same have the same hash.
func TestSameDemand(t *testing.T) {
	metric := func(g v1alpha1.MetricGate) v1alpha1.Gate { return v1alpha1.Gate{Name: "g", Metric: &g} }
	comparison := func(g v1alpha1.ComparisonGate) v1alpha1.Gate { return v1alpha1.Gate{Name: "g", Comparison: &g} }
	tag := func(g v1alpha1.TagGate) v1alpha1.Gate { return v1alpha1.Gate{Name: "g", Tag: &g} }
	approval := func(g v1alpha1.ApprovalGate) v1alpha1.Gate { return v1alpha1.Gate{Name: "g", Approval: &g} }
	for name, test := range map[string]struct {
		a, b  v1alpha1.Gate
		other bool
	}{
		"defaults of a metric": {
			a: metric(v1alpha1.MetricGate{Key: "f1", Operator: v1alpha1.GreaterThan, Threshold: "0.5"}),
			b: metric(v1alpha1.MetricGate{
				Key: "f1", Operator: v1alpha1.GreaterThan, Threshold: "0.5", Source: v1alpha1.MetricSourceAuto,
				Provenance: v1alpha1.ProvenanceVerified, OnMissing: v1alpha1.OnMissingFail,
			}),
		},
		"the default tolerance": {
			a: metric(v1alpha1.MetricGate{Operator: v1alpha1.Equal}),
			b: metric(v1alpha1.MetricGate{Operator: v1alpha1.Equal, Tolerance: "0.001"}),
		},
		"a decimal with more digits": {
			a: metric(v1alpha1.MetricGate{Threshold: "0.5"}), b: metric(v1alpha1.MetricGate{Threshold: "00.500"}),
		},
		"defaults of a comparison": {
			a: comparison(v1alpha1.ComparisonGate{Key: "f1"}),
			b: comparison(v1alpha1.ComparisonGate{
				Key: "f1", Provenance: v1alpha1.ProvenanceVerified, OnMissingBaseline: v1alpha1.OnMissingBaselinePass,
			}),
		},
		"no change, and a change of zero": {
			a: comparison(v1alpha1.ComparisonGate{}), b: comparison(v1alpha1.ComparisonGate{MinAbsoluteChange: "0"}), other: true,
		},
		"defaults of a tag": {a: tag(v1alpha1.TagGate{}), b: tag(v1alpha1.TagGate{Target: v1alpha1.TagTargetVersion})},
		"the order of values": {
			a: tag(v1alpha1.TagGate{Values: []string{"a", "b"}}), b: tag(v1alpha1.TagGate{Values: []string{"b", "a"}}),
		},
		"defaults of an approval": {
			a: approval(v1alpha1.ApprovalGate{}), b: approval(v1alpha1.ApprovalGate{Required: 1, ExcludeRequester: new(false)}),
		},
		"the order of approvers": {
			a: approval(v1alpha1.ApprovalGate{Approvers: users("alice", "bob")}),
			b: approval(v1alpha1.ApprovalGate{Approvers: users("bob", "alice")}),
		},
		"approvers of other kinds": {
			a: approval(v1alpha1.ApprovalGate{Approvers: users("alice")}),
			b: approval(v1alpha1.ApprovalGate{Approvers: []v1alpha1.Subject{{Kind: "Group", Name: "alice"}}}), other: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if other := HashDemand(test.a) != HashDemand(test.b); other != test.other {
				t.Errorf("another hash: %t, want %t", other, test.other)
			}
		})
	}
}

// TestHashesAreStable: records hold these hashes. A hash that changes without a new format voids
// them.
func TestHashesAreStable(t *testing.T) {
	for kind, full := range fullGates {
		if got := HashDemand(full.build()); got != full.hash {
			t.Errorf("%s: %s, want %s", kind, got, full.hash)
		}
	}
}

// TestMessagesAreNotEvidence: messages may be rewritten.
func TestMessagesAreNotEvidence(t *testing.T) {
	f := newApprovalFixture()
	f.addRunVersion("4", runA, newPoint("accuracy", "0.9"))
	f.addRunVersion("3", runB, newPoint("f1", "0.8"))
	request := newRequest(
		newAccuracyGate("GreaterThan", "0.92"), newComparisonGate(nil), newTagGate("Exists", ""), newApprovalGate(v1alpha1.ApprovalGate{}),
	)
	request.PromotesFrom, request.RequiredSoakTime, request.Now = []v1alpha1.StageName{"staging"}, "24h", noon
	result := f.evaluate(t, request)
	digest, evidence := result.Digest(), result.EvidenceDigest()
	if evidence == "" {
		t.Fatal("there is no evidence")
	}
	for i := range result.Gates {
		g := &result.Gates[i]
		g.Message, g.Expected, g.Observed, g.Reason = "in other words", "something like it", "about that", "OtherReason"
	}
	if result.Digest() != digest || result.EvidenceDigest() != evidence {
		t.Error("other messages give another digest")
	}
}

// TestServerMessagesAreNotEvidence: the reason of a server that did not answer, or of a version
// that is not ready, is a sentence.
func TestServerMessagesAreNotEvidence(t *testing.T) {
	evaluateWith := func(message string) string {
		f := fixture{}
		f.addRunVersion("4", runA)
		f.addVersion("4").Status, f.addVersion("4").StatusMessage = "FAILED_REGISTRATION", message
		f[runKey(runA)] = unreadableValue(message)
		return f.evaluate(t, newRequest(newAccuracyGate("GreaterThan", "0.92"))).Digest()
	}
	if evaluateWith("timeout") != evaluateWith("no route to host") {
		t.Error("other messages give another digest")
	}
}

// TestUncutValuesAreEvidence: values whose messages are equal, because they are cut, are different
// evidence.
func TestUncutValuesAreEvidence(t *testing.T) {
	long := strings.Repeat("x", 600)
	for name, test := range map[string]struct {
		gate v1alpha1.Gate
		set  func(f fixture, end string)
	}{
		"a tag": {newTagGate("Exists", ""), func(f fixture, end string) {
			f.addVersion("4").Tags = map[string]string{"bias_review": long + end}
		}},
		"a number": {newAccuracyGate("GreaterThan", "0.5"), func(f fixture, end string) {
			f.addRun(runA, newPoint("accuracy", "1.0000000000000000000000"+end+"e-70"))
		}},
		"a number of the baseline": {newComparisonGate(nil), func(f fixture, end string) {
			f.addRun(runB, newPoint("f1", "1.0000000000000000000000"+end+"e-70"))
		}},
		"what is no number": {taggedMetric("accuracy"), func(f fixture, end string) {
			f.addVersion("4").Tags = map[string]string{"accuracy": long + end}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			evaluateWith := func(end string) Result {
				f := fixture{}
				f.addRunVersion("4", runA, newPoint("f1", "0.9"))
				f.addRunVersion("3", runB, newPoint("f1", "0.8"))
				test.set(f, end)
				return f.evaluate(t, newRequest(test.gate))
			}
			a, b := evaluateWith("1"), evaluateWith("2")
			if formatLastGate(a) != formatLastGate(b) {
				t.Fatalf("%s, and %s: the messages differ", formatLastGate(a), formatLastGate(b))
			}
			if a.Digest() == b.Digest() || a.EvidenceDigest() == b.EvidenceDigest() {
				t.Error("the digest is the same")
			}
		})
	}
}

// TestPlacesAreEvidence: the same value from another place is different evidence, for the same
// artifact and the same demand.
func TestPlacesAreEvidence(t *testing.T) {
	const sameStart = "b0b0b0b0cccccccccccccccccccccccc" // of runB
	for name, test := range map[string]struct {
		gate v1alpha1.Gate
		a, b func(f fixture)
	}{
		"the logged model, and its run": {
			gate: newAccuracyGate("GreaterThan", "0.5"),
			a:    func(f fixture) { f.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.9")) },
			b: func(f fixture) {
				f.addLoggedModelVersion("4", modelID)
				f.addRun(runA, newPoint("accuracy", "0.9"))
			},
		},
		"a dataset, and another": {
			gate: newAccuracyGate("GreaterThan", "0.5"),
			a:    func(f fixture) { f.addLoggedModelVersion("4", modelID, newPointFor("accuracy", "0.9", "val")) },
			b:    func(f fixture) { f.addLoggedModelVersion("4", modelID, newPointFor("accuracy", "0.9", "test")) },
		},
		"a dataset, and one of its name": {
			gate: newAccuracyGate("GreaterThan", "0.5"),
			a:    func(f fixture) { f.addLoggedModelVersion("4", modelID, newPointFor("accuracy", "0.9", "val")) },
			b: func(f fixture) {
				p := newPointFor("accuracy", "0.9", "val")
				p.DatasetDigest = "abc"
				f.addLoggedModelVersion("4", modelID, p)
			},
		},
		"a run that measured a logged model, and another": {
			gate: newAccuracyGate("GreaterThan", "0.5"),
			a:    func(f fixture) { f.addLoggedModelVersion("4", modelID, newPoint("accuracy", "0.9")) },
			b: func(f fixture) {
				p := newPoint("accuracy", "0.9")
				p.RunID = runB
				f.addLoggedModelVersion("4", modelID, p)
			},
		},
		"the run of a baseline, and one whose id begins alike": {
			gate: newComparisonGate(nil),
			a:    func(f fixture) { f.addRunVersion("3", runB, newPoint("f1", "0.8")) },
			b:    func(f fixture) { f.addRunVersion("3", sameStart, newPoint("f1", "0.8")) },
		},
		"a baseline, and one of its number that was created later": {
			gate: newComparisonGate(nil),
			a:    func(fixture) {},
			b:    func(f fixture) { f.addVersion("3").CreationTimestamp = 300 },
		},
		"a baseline without the metric, and one that is gone": {
			gate: newComparisonGate(func(g *v1alpha1.ComparisonGate) { g.OnMissingBaseline = v1alpha1.OnMissingBaselineFail }),
			a:    func(f fixture) { f.addRunVersion("3", runB) },
			b:    func(f fixture) { delete(f, VersionKey("sentiment", "3")) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			evaluateWith := func(change func(fixture)) Result {
				f := fixture{}
				f.addRunVersion("4", runA, newPoint("f1", "0.9"))
				f.addRunVersion("3", runB, newPoint("f1", "0.8"))
				change(f)
				return f.evaluate(t, newRequest(test.gate))
			}
			a, b := evaluateWith(test.a), evaluateWith(test.b)
			if a.RunID != b.RunID || a.LoggedModelID != b.LoggedModelID {
				t.Fatal("these are two artifacts")
			}
			if a.Digest() == b.Digest() || a.EvidenceDigest() == b.EvidenceDigest() {
				t.Errorf("the digest is the same: %s, and %s", formatLastGate(a), formatLastGate(b))
			}
		})
	}
}

// TestOwnersOfTagsAreEvidence: a tag of another run, with the same value.
func TestOwnersOfTagsAreEvidence(t *testing.T) {
	read := func(id string) taggedValue {
		f := fixture{}
		f.addRunVersion("4", id).Tags = map[string]string{"bias_review": "passed"}
		return f.evaluate(t, newRequest(newTagGate("In", v1alpha1.TagTargetRun))).Gates[2].observation.(tagObservation).Tag
	}
	if a, b := read(runA), read(runB); a == b {
		t.Errorf("read %+v, and %+v", a, b)
	}
}

// TestGateOrderIsNotEvidence: the order in the spec has no meaning.
func TestGateOrderIsNotEvidence(t *testing.T) {
	f := fixture{}
	f.addRunVersion("4", runA, newPoint("accuracy", "0.95"))
	a, b := newAccuracyGate("GreaterThan", "0.92"), newTagGate("Exists", "")
	if f.evaluate(t, newRequest(a, b)).Digest() != f.evaluate(t, newRequest(b, a)).Digest() {
		t.Error("another order gives another digest")
	}
}

// taggedMetric is a gate on a number in a tag.
func taggedMetric(key string) v1alpha1.Gate {
	gate := newAccuracyGate("GreaterThan", "0.5")
	gate.Metric.Key, gate.Metric.Source = key, v1alpha1.MetricSourceVersionTag
	return gate
}

func TestDigest(t *testing.T) {
	evaluateWith := func(change func(*Request, fixture)) string {
		f := fixture{}
		f.addRunVersion("4", runA, newPoint("accuracy", "0.95"))
		request := newRequest(newAccuracyGate("GreaterThan", "0.92"))
		request.BaselineVersion = ""
		change(&request, f)
		return f.evaluate(t, request).Digest()
	}
	same := evaluateWith(func(*Request, fixture) {})
	if len(same) != 64 || same != evaluateWith(func(*Request, fixture) {}) {
		t.Errorf("the same evidence gave %q and another digest", same)
	}
	others := map[string]func(*Request, fixture){
		"another model":     func(request *Request, _ fixture) { request.Model.CreationTimestamp++ },
		"another version":   func(_ *Request, f fixture) { f.addVersion("4").CreationTimestamp++ },
		"another value":     func(_ *Request, f fixture) { f.addRun(runA, newPoint("accuracy", "0.96")) },
		"another threshold": func(request *Request, _ fixture) { request.Gates[0].Gate.Metric.Threshold = "0.93" },
		"another name":      func(request *Request, _ fixture) { request.Gates[0].Gate.Name = "acc" },
		"one gate less":     func(request *Request, _ fixture) { request.Gates = nil },
	}
	for name, change := range others {
		t.Run(name, func(t *testing.T) {
			if evaluateWith(change) == same {
				t.Error("the digest is the same")
			}
		})
	}
}

// TestEvidenceDigest: an approval names what the other gates read, and nothing that changes by
// approving.
func TestEvidenceDigest(t *testing.T) {
	request := newRequest(newApprovalGate(v1alpha1.ApprovalGate{}), newTagExistsGate("accuracy"))
	f := newApprovalFixture()
	f.addRunVersion("4", runA, newPoint("accuracy", "0.9"))
	before := f.evaluate(t, request)
	key := ApprovalsKey("to-production")
	f[key] = newApprovalFixture(newApprove("alice"), withChange(newReject("bob"), withCreation(5)))[key]
	if after := f.evaluate(t, request); after.EvidenceDigest() != before.EvidenceDigest() || after.Digest() == before.Digest() {
		t.Error("the evidence changed by approving, or the digest of the history did not")
	}
	if len(before.EvidenceDigest()) != len("sha256:")+64 {
		t.Errorf("the digest is %q", before.EvidenceDigest())
	}
	seen := map[string]string{before.EvidenceDigest(): "0.9"}
	for what, change := range map[string]func(){
		"another value":       func() { f.addRunVersion("4", runA, newPoint("accuracy", "0.91")) },
		"a value that fails":  func() { f.addRunVersion("4", runA, newPoint("accuracy", "0.1")) },
		"another artifact":    func() { f.addVersion("4").CreationTimestamp = 300 },
		"another run":         func() { f.addRunVersion("4", runB, newPoint("accuracy", "0.9")) },
		"another expectation": func() { request.Gates[1].Gate.Metric.Threshold = "0.05" },
		"another stage":       func() { request.Stage, request.Alias = "staging", "staging" },
	} {
		change()
		digest := f.evaluate(t, request).EvidenceDigest()
		if other, found := seen[digest]; found {
			t.Errorf("%s gives the same digest as %s", what, other)
		}
		seen[digest] = what
	}
	f[runKey(runB)], f[runKey(runA)] = unreadableValue("timeout"), unreadableValue("timeout")
	if digest := f.evaluate(t, request).EvidenceDigest(); digest != "" {
		t.Errorf("the digest is %q while a gate has the result Error", digest)
	}
}

// TestEvidenceDigestOfExemptGates: an approval remains valid when the soak ends, when a user
// overrides a gate, and when the operator does not enforce it.
func TestEvidenceDigestOfExemptGates(t *testing.T) {
	request := newRequest(newTagExistsGate("accuracy"), newApprovalGate(v1alpha1.ApprovalGate{}))
	request.BaselineVersion, request.RequiredSoakTime, request.Now, request.PromotesFrom = "", "24h", noon, []v1alpha1.StageName{"staging"}
	request.PromotedStages = map[v1alpha1.StageName]bool{"staging": true}
	request.StageTenures = map[v1alpha1.StageName][]Tenure{"staging": {{Since: noon}}}
	f := newApprovalFixture()
	f.addRunVersion("4", runA, newPoint("accuracy", "0.1"))
	want := f.evaluate(t, request).EvidenceDigest()
	f[ApprovalsKey("to-production")] = newApprovalFixture(withChange(newApprove("alice"), withEvidence(want)))[ApprovalsKey("to-production")]
	for name, change := range map[string]func(*Request){
		"nothing":      func(*Request) {},
		"soaked":       func(request *Request) { request.Now = noon.Add(48 * time.Hour) },
		"no soak":      func(request *Request) { request.RequiredSoakTime = "" },
		"not enforced": func(request *Request) { request.NotEnforcedReason = notEnforced },
		"overridden": func(request *Request) {
			request.Override = &Override{Version: "4", Gates: []string{"accuracy", "required-soak-time"}, Reason: "wrong split"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			request := request
			change(&request)
			result := f.evaluate(t, request)
			if got := result.EvidenceDigest(); got != want {
				t.Errorf("another digest, of %v", result.Gates)
			}
			if got := formatLastGate(result); got != "Passed: version 4 was approved by alice (gate sign-off)" {
				t.Error(got)
			}
		})
	}
}
