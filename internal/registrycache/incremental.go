// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registrycache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// incrementalPageSize is what costs a server of 100 000 versions a tenth of a second.
const incrementalPageSize = 100

// pollIncremental asks which versions were registered, moved to a stage or edited last, and reads
// their models again. It shortens the wait for new versions where a registry is so large
// that it is seldom read whole. It tells nothing of aliases and tags, whose writing moves
// no timestamp in MLflow.
func (p *poller) pollIncremental(ctx context.Context) time.Duration {
	part := p.resolveScope(ctx)
	seen := Poll{Kind: PollIncremental, Changes: map[ChangeType]int{}}
	timed, reading := p.newPollReader(ctx, func(models ...*entities.RegisteredModel) {
		for _, m := range models {
			if p.store.overrideModel(m) {
				seen.Changes[Updated]++
				p.emit(Event{Key: p.key, Model: m.Name})
			}
		}
	})
	seen.Err = p.readUpdatedModels(timed, reading, part)
	if ctx.Err() != nil {
		return 0
	}
	seen.Duration = reading.serverTime
	p.observePoll(seen)
	p.incrementalTime += reading.serverTime
	p.health.recordIncremental(seen.Err != nil)
	if seen.Err != nil {
		// Whether anything is wrong with the connection is for a list to decide.
		log.FromContext(ctx).Info("The newest versions can't be read; they are noticed with the lists, for the next hour",
			"connection", p.key, "cause", seen.Err.Error())
		p.incrementalUnsupported = true
		p.nextKind = PollFull
		return max(p.retryDelay(), p.dutyCycle.restDelay(reading.serverTime))
	}
	return p.scheduleNext(max(p.interval, 2*p.dutyCycle.restDelay(reading.serverTime)))
}

func (p *poller) readUpdatedModels(ctx context.Context, r *pollReader, part pollScope) error {
	page, err := p.lister.SearchModelVersions(ctx, mlflow.SearchRequest{
		OrderBy: []string{"last_updated_timestamp DESC"}, MaxResults: incrementalPageSize,
	})
	if err != nil {
		return fmt.Errorf("list the newest versions: %w", err)
	}
	r.recordResponse()
	names := p.updatedModelNames(page.ModelVersions, part)
	if !p.searchByTag {
		err := r.readNamed(ctx, names)
		if err == nil || !errors.Is(err, mlflow.ErrInvalidParameter) {
			return err
		}
		p.searchByTag = true
	}
	return r.readEach(ctx, names)
}

// updatedModelNames are the models of ours that have a version which is younger than what is known of
// them, and for which they were not read again already.
func (p *poller) updatedModelNames(versions []*entities.ModelVersion, part pollScope) []string {
	var names []string
	fed := map[string]entities.Timestamp{}
	for _, v := range versions {
		if _, newer := fed[v.Name]; newer || !part.hasModel(v.Name) {
			continue
		}
		fed[v.Name] = v.LastUpdatedTimestamp
		if m, known := p.store.getModel(v.Name); known && v.LastUpdatedTimestamp <= m.LastUpdatedTimestamp {
			continue
		}
		if v.LastUpdatedTimestamp > p.lastSeen[v.Name] {
			names = append(names, v.Name)
		}
	}
	p.lastSeen = fed
	return names
}
