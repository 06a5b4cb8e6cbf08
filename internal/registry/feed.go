// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow/entities"
)

// feedSize is what costs a server of 100 000 versions a tenth of a second.
const feedSize = 100

// feed asks which versions were registered, moved to a stage or edited last, and reads
// their models again. It shortens the wait for new versions where a registry is so large
// that it is seldom read whole. It tells nothing of aliases and tags, whose writing moves
// no timestamp in MLflow.
func (p *poller) feed(ctx context.Context) time.Duration {
	part := p.part(ctx)
	seen := Look{Kind: LookFeed, Changes: map[ChangeKind]int{}}
	timed, reading := p.reading(ctx, func(models ...*entities.RegisteredModel) {
		for _, m := range models {
			if p.store.remember(m) {
				seen.Changes[Updated]++
				p.emit(Event{Key: p.key, Model: m.Name})
			}
		}
	})
	seen.Err = p.readNewest(timed, reading, part)
	if ctx.Err() != nil {
		return 0
	}
	seen.Duration = reading.worked
	p.observe(seen)
	p.spent += reading.worked
	p.health.feed(seen.Err != nil)
	if seen.Err != nil {
		// Whether anything is wrong with the connection is for a list to decide.
		log.FromContext(ctx).Info("The newest versions can't be read; they are noticed with the lists, for the next hour",
			"connection", p.key, "cause", seen.Err.Error())
		p.feedless = true
		p.next = LookList
		return max(p.retryPause(), p.duty.rest(reading.worked))
	}
	return p.schedule(max(p.interval, 2*p.duty.rest(reading.worked)))
}

func (p *poller) readNewest(ctx context.Context, r *reading, part part) error {
	page, err := p.lister.SearchModelVersions(ctx, mlflow.SearchRequest{
		OrderBy: []string{"last_updated_timestamp DESC"}, MaxResults: feedSize,
	})
	if err != nil {
		return fmt.Errorf("list the newest versions: %w", err)
	}
	r.answered()
	names := p.news(page.ModelVersions, part)
	if !p.byMark {
		err := r.named(ctx, names)
		if err == nil || !errors.Is(err, mlflow.ErrInvalidParameter) {
			return err
		}
		p.byMark = true
	}
	return r.each(ctx, names)
}

// news are the models of ours that have a version which is younger than what is known of
// them, and for which they were not read again already.
func (p *poller) news(versions []*entities.ModelVersion, part part) []string {
	var names []string
	fed := map[string]entities.Timestamp{}
	for _, v := range versions {
		if _, newer := fed[v.Name]; newer || !part.holds(v.Name) {
			continue
		}
		fed[v.Name] = v.LastUpdatedTimestamp
		if m, known := p.store.model(v.Name); known && v.LastUpdatedTimestamp <= m.LastUpdatedTimestamp {
			continue
		}
		if v.LastUpdatedTimestamp > p.fed[v.Name] {
			names = append(names, v.Name)
		}
	}
	p.fed = fed
	return names
}
