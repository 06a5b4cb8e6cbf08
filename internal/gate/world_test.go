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
	runA  = "3f2a91c0aaaaaaaaaaaaaaaaaaaaaaaa"
	runB  = "b0b0b0b0bbbbbbbbbbbbbbbbbbbbbbbb"
	model = "m-385c12ab00000000000000000000000f"
)

// broken is what the server fails to answer for.
type broken string

// world is what a server would answer. What is not in it is absent.
type world map[Ref]any

// ask judges as a controller does, reading whatever is wanted.
func (w world) ask(t testing.TB, move Move) Judgement {
	t.Helper()
	evidence := NewEvidence()
	for range MaxRounds {
		judgement := Judge(move, evidence)
		if len(judgement.Wants) == 0 {
			return judgement
		}
		for _, ref := range judgement.Wants {
			w.readInto(evidence, ref)
		}
	}
	judgement := Judge(move, evidence)
	if len(judgement.Wants) > 0 {
		t.Fatalf("still wants %v after %d rounds", judgement.Wants, MaxRounds)
	}
	return judgement
}

func (w world) readInto(evidence *Evidence, ref Ref) {
	switch found := w[ref].(type) {
	case *entities.ModelVersion:
		evidence.PutVersion(ref, found)
	case *entities.Run:
		evidence.PutRun(ref, found)
	case *entities.LoggedModel:
		evidence.PutLoggedModel(ref, found)
	case []entities.Metric:
		evidence.PutHistory(ref, found)
	case []v1alpha1.PromotionApproval:
		evidence.PutApprovals(ref, found)
	case time.Time:
		evidence.PutIdentity(ref, found)
	case broken:
		evidence.PutUnreadable(ref, string(found))
	default:
		evidence.PutAbsent(ref)
	}
}

// version adds a ready version of model sentiment, or changes the one that is there.
func (w world) version(number string) *entities.ModelVersion {
	return w.versionOf("sentiment", number)
}

func (w world) versionOf(name, number string) *entities.ModelVersion {
	ref := VersionRef(name, number)
	if _, ok := w[ref].(*entities.ModelVersion); !ok {
		w[ref] = &entities.ModelVersion{
			Name: name, Version: number, CreationTimestamp: 200, CurrentStage: "None", Status: "READY",
		}
	}
	return w[ref].(*entities.ModelVersion)
}

// fromRun makes the version one of a run with these metrics.
func (w world) fromRun(number, id string, metrics ...entities.Metric) *entities.Run {
	version := w.version(number)
	version.RunID = id
	version.Source = "runs:/" + id + "/model"
	return w.run(id, metrics...)
}

func (w world) run(id string, metrics ...entities.Metric) *entities.Run {
	run := &entities.Run{
		RunID: id, ArtifactURI: "s3://bucket/1/" + id + "/artifacts", LifecycleStage: "active", Metrics: metrics,
	}
	w[RunRef(id)] = run
	return run
}

// fromModel makes the version one of a logged model with these metrics, whose run has
// none.
func (w world) fromModel(number, id string, metrics ...entities.Metric) *entities.LoggedModel {
	w.fromRun(number, runA)
	w.version(number).Source = "models:/" + id
	logged := &entities.LoggedModel{ModelID: id, SourceRunID: runA, Metrics: metrics}
	w[LoggedModelRef(id)] = logged
	return logged
}

func point(key, value string) entities.Metric {
	return entities.Metric{Key: key, Value: entities.NewMetricValue(value), RunID: runA}
}

func pointAt(key, value string, step, millis int64) entities.Metric {
	p := point(key, value)
	p.Step = step
	p.Timestamp = entities.Timestamp(millis)
	return p
}

// pointFor is a point that was logged for a dataset.
func pointFor(key, value, dataset string) entities.Metric {
	p := point(key, value)
	p.DatasetName = dataset
	return p
}

// move asks for version 4 to take production from version 3.
func move(gates ...v1alpha1.Gate) Move {
	m := Move{
		Model: &entities.RegisteredModel{
			Name: "sentiment", CreationTimestamp: 100, Tags: map[string]string{},
			Aliases: map[string]string{"champion": "3"},
		},
		Stage: "production", Alias: "champion",
		Stages:    []StageInOrder{{Name: "staging", Alias: "staging"}, {Name: "production", Alias: "champion"}},
		Candidate: "4", Replaces: "3",
		Namespace: "news", Promotion: "to-production",
	}
	for _, gate := range gates {
		m.Demands = append(m.Demands, Demand{Gate: gate, Origin: v1alpha1.GateOriginStage})
	}
	return m
}

// said is a verdict in one line.
func said(v Verdict) string {
	return strings.TrimSpace(string(v.Result)+" "+v.Reason) + ": " + v.Message
}

// last is the verdict on the last demand, in one line.
func last(j Judgement) string {
	return said(j.Verdicts[len(j.Verdicts)-1])
}
