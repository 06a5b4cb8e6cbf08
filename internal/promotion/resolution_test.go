// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package promotion

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

func TestResolve(t *testing.T) {
	tagged := map[string]v1alpha1.TagValue{"validated": "true", "by": "us"}
	latest := func(tags map[string]v1alpha1.TagValue) v1alpha1.VersionFrom {
		return v1alpha1.VersionFrom{Latest: &v1alpha1.LatestVersion{Tags: tags}}
	}
	for name, test := range map[string]struct {
		version v1alpha1.Version
		from    *v1alpha1.VersionFrom
		change  func(*entities.RegisteredModel)
		want    Resolution
	}{
		"a number is used as it is": {
			version: "7", want: Resolution{Version: "7", Message: "version 7 is wanted"},
		},
		"the newest version has the highest number": {
			from: new(latest(nil)), want: Resolution{Version: "3", Message: "version 3 is the newest"},
		},
		"a model without versions has no newest one": {
			from:   new(latest(nil)),
			change: func(m *entities.RegisteredModel) { m.LatestVersions = nil },
			want:   Resolution{Message: "model sentiment has no version yet"},
		},
		"the newest version carries the tags": {
			from: new(latest(tagged)),
			change: func(m *entities.RegisteredModel) {
				m.LatestVersions[1].Tags = map[string]string{"validated": "true", "by": "us", "more": ""}
			},
			want: Resolution{Version: "3", Message: "version 3 is the newest with tag by=us, validated=true"},
		},
		"the newest version lacks one of the tags, so MLflow is searched": {
			from: new(latest(tagged)),
			change: func(m *entities.RegisteredModel) {
				m.LatestVersions[1].Tags = map[string]string{"validated": "true"}
			},
			want: Resolution{SearchTags: map[string]string{"validated": "true", "by": "us"}},
		},
		"an empty tag is not a missing one": {
			from: new(latest(map[string]v1alpha1.TagValue{"a": ""})),
			want: Resolution{SearchTags: map[string]string{"a": ""}},
		},
		"the version that holds another stage": {
			from: &v1alpha1.VersionFrom{Stage: "staging"},
			want: Resolution{Version: "2", Message: "version 2 holds stage staging"},
		},
		"a stage is found by its alias": {
			from: &v1alpha1.VersionFrom{Stage: "production"},
			want: Resolution{Version: "1", Message: "version 1 holds stage production"},
		},
		"a stage that the model does not have": {
			from: &v1alpha1.VersionFrom{Stage: "canary"},
			want: Resolution{StageNotFound: true, Message: "versionFrom names the stage canary, which the model does not have"},
		},
		"a stage that no version holds": {
			from:   &v1alpha1.VersionFrom{Stage: "staging"},
			change: func(m *entities.RegisteredModel) { delete(m.Aliases, "staging") },
			want:   Resolution{Message: "no version holds stage staging"},
		},
		"the version behind an alias": {
			from: &v1alpha1.VersionFrom{Alias: "champion"},
			want: Resolution{Version: "1", Message: "version 1 holds alias champion"},
		},
		"an alias that is not set": {
			from: &v1alpha1.VersionFrom{Alias: "challenger"},
			want: Resolution{Message: "no version holds alias challenger"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newState("1", "")
			s.Model.Aliases["staging"] = "2"
			if test.change != nil {
				test.change(s.Model)
			}
			spec := &v1alpha1.ModelPromotionSpec{Version: test.version, VersionFrom: test.from}
			if diff := cmp.Diff(test.want, Resolve(spec, s.Stages, s.Model)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveSearch(t *testing.T) {
	tags, search := map[string]v1alpha1.TagValue{"validated": "true"}, map[string]string{"validated": "true"}
	for name, test := range map[string]struct {
		found *entities.ModelVersion
		want  Resolution
	}{
		"found": {
			found: newVersion("2"),
			want:  Resolution{Version: "2", Message: "version 2 is the newest with tag validated=true", SearchTags: search},
		},
		"none": {want: Resolution{Message: "model sentiment has no version with tag validated=true", SearchTags: search}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ResolveSearch("sentiment", tags, test.found)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestResolveModelVersion(t *testing.T) {
	registered := func(version v1alpha1.Version, status metav1.ConditionStatus, reason string) v1alpha1.ModelVersionStatus {
		return v1alpha1.ModelVersionStatus{
			Version: version, ModelCreationTimestamp: 1000,
			Conditions: []metav1.Condition{{
				Type: v1alpha1.ConditionRegistered, Status: status, Reason: reason, Message: "that is why",
			}},
		}
	}
	ofFormerModel := registered("7", "True", v1alpha1.ReasonRegistered)
	ofFormerModel.ModelCreationTimestamp = 999
	seven := Resolution{Version: "7", Message: "ModelVersion april registered version 7"}
	not := Resolution{Message: "ModelVersion april is not registered: that is why"}
	notYet := Resolution{Message: "ModelVersion april is not registered yet"}
	for name, test := range map[string]struct {
		status v1alpha1.ModelVersionStatus
		want   Resolution
	}{
		"registered":                             {registered("7", "True", v1alpha1.ReasonRegistered), seven},
		"registered, and suspended":              {registered("7", "Unknown", v1alpha1.ReasonSuspended), seven},
		"registered, and its server is down":     {registered("7", "False", v1alpha1.ReasonUnreachable), seven},
		"registered, and its model not ready":    {registered("7", "False", v1alpha1.ReasonModelNotReady), seven},
		"not reconciled yet":                     {v1alpha1.ModelVersionStatus{}, notYet},
		"suspended from the start":               {registered("", "Unknown", v1alpha1.ReasonSuspended), notYet},
		"waiting for its model":                  {registered("", "False", v1alpha1.ReasonModelNotReady), not},
		"without a source":                       {registered("", "False", v1alpha1.ReasonReferenceNotFound), not},
		"pending":                                {registered("7", "False", v1alpha1.ReasonVersionNotReady), not},
		"registered, and to be reconciled again": {registered("7", "False", v1alpha1.ReasonProgressing), seven},
		"registered, and its connection gone":    {registered("7", "False", v1alpha1.ReasonReferenceNotFound), seven},
		"failed":                                 {registered("7", "False", v1alpha1.ReasonRegistrationFailed), not},
		"deleted":                                {registered("7", "False", v1alpha1.ReasonVersionNotFound), not},
		"another object's":                       {registered("7", "False", v1alpha1.ReasonConflict), not},
		"of a model that was created again": {ofFormerModel, Resolution{
			Message: "ModelVersion april belongs to the model sentiment that was deleted in MLflow and created again",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ref := &v1alpha1.ModelVersion{ObjectMeta: metav1.ObjectMeta{Name: "april"}, Status: test.status}
			got := ResolveModelVersion(ref, &entities.RegisteredModel{Name: "sentiment", CreationTimestamp: 1000})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
