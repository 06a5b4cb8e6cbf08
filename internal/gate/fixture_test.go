// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package gate

import (
	"strings"
	"testing"
	"time"

	"github.com/neuronews/mlflow-registry-operator/api/v1alpha1"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

const (
	runA    = "3f2a91c0aaaaaaaaaaaaaaaaaaaaaaaa"
	runB    = "b0b0b0b0bbbbbbbbbbbbbbbbbbbbbbbb"
	modelID = "m-385c12ab00000000000000000000000f"
)

// unreadableValue is what the server fails to return, and why.
type unreadableValue string

// fixture is what the server returns. What is not in it is absent.
type fixture map[Key]any

// evaluate evaluates as a controller does: it reads what is missing.
func (f fixture) evaluate(t testing.TB, request Request) Result {
	t.Helper()
	evidence := NewEvidence()
	for range MaxRounds {
		result := Evaluate(request, evidence)
		if len(result.Missing) == 0 {
			return result
		}
		for _, key := range result.Missing {
			f.readKey(evidence, key)
		}
	}
	result := Evaluate(request, evidence)
	if len(result.Missing) > 0 {
		t.Fatalf("still missing %v after %d rounds", result.Missing, MaxRounds)
	}
	return result
}

func (f fixture) readKey(evidence *Evidence, key Key) {
	switch found := f[key].(type) {
	case *entities.ModelVersion:
		evidence.Put(key, found)
	case *entities.Run:
		evidence.Put(key, found)
	case *entities.LoggedModel:
		evidence.Put(key, found)
	case []entities.Metric:
		evidence.Put(key, found)
	case []v1alpha1.PromotionApproval:
		evidence.Put(key, found)
	case time.Time:
		evidence.Put(key, found)
	case unreadableValue:
		evidence.PutUnreadable(key, string(found))
	default:
		evidence.PutAbsent(key)
	}
}

// addVersion adds a ready version of model sentiment, or changes the one that is there.
func (f fixture) addVersion(number string) *entities.ModelVersion {
	return f.addVersionOf("sentiment", number)
}

func (f fixture) addVersionOf(name, number string) *entities.ModelVersion {
	key := VersionKey(name, number)
	if _, ok := f[key].(*entities.ModelVersion); !ok {
		f[key] = &entities.ModelVersion{
			Name: name, Version: number, CreationTimestamp: 200, CurrentStage: "None", Status: "READY",
		}
	}
	return f[key].(*entities.ModelVersion)
}

// addRunVersion registers the version from a run with these metrics.
func (f fixture) addRunVersion(number, id string, metrics ...entities.Metric) *entities.Run {
	version := f.addVersion(number)
	version.RunID = id
	version.Source = "runs:/" + id + "/model"
	return f.addRun(id, metrics...)
}

func (f fixture) addRun(id string, metrics ...entities.Metric) *entities.Run {
	run := &entities.Run{
		RunID: id, ArtifactURI: "s3://bucket/1/" + id + "/artifacts", LifecycleStage: "active", Metrics: metrics,
	}
	f[runKey(id)] = run
	return run
}

// addLoggedModelVersion registers the version from a logged model with these metrics. Its run has
// no metrics.
func (f fixture) addLoggedModelVersion(number, id string, metrics ...entities.Metric) *entities.LoggedModel {
	f.addRunVersion(number, runA)
	f.addVersion(number).Source = "models:/" + id
	logged := &entities.LoggedModel{ModelID: id, SourceRunID: runA, Metrics: metrics}
	f[loggedModelKey(id)] = logged
	return logged
}

func newPoint(key, value string) entities.Metric {
	return entities.Metric{Key: key, Value: entities.NewMetricValue(value), RunID: runA}
}

func newPointAt(key, value string, step, millis int64) entities.Metric {
	p := newPoint(key, value)
	p.Step = step
	p.Timestamp = entities.Timestamp(millis)
	return p
}

// newPointFor is a point that was logged for a dataset.
func newPointFor(key, value, dataset string) entities.Metric {
	p := newPoint(key, value)
	p.DatasetName = dataset
	return p
}

// newRequest asks whether version 4 may replace version 3 in production.
func newRequest(gates ...v1alpha1.Gate) Request {
	request := Request{
		Model: &entities.RegisteredModel{
			Name: "sentiment", CreationTimestamp: 100, Tags: map[string]string{},
			Aliases: map[string]string{"champion": "3"},
		},
		Stage: "production", Alias: "champion",
		Stages:    []StageRef{{Name: "staging", Alias: "staging"}, {Name: "production", Alias: "champion"}},
		Candidate: "4", BaselineVersion: "3",
		Namespace: "news", PromotionName: "to-production",
	}
	for _, gate := range gates {
		request.Gates = append(request.Gates, Spec{Gate: gate, Origin: v1alpha1.GateOriginStage})
	}
	return request
}

// formatGate returns the result of a gate in one line.
func formatGate(g Answer) string {
	return strings.TrimSpace(string(g.Result)+" "+g.Reason) + ": " + g.Message
}

// formatLastGate returns the result of the last gate in one line.
func formatLastGate(result Result) string {
	return formatGate(result.Gates[len(result.Gates)-1])
}
