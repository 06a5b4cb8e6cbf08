// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

// profileSeconds is how long one profile of the processor is. go tool pprof sums them up.
const profileSeconds = 30

// profiler takes profiles of the operator while it converges, and its heap in the end.
type profiler struct {
	dir, address string
	name         string
	cancel       context.CancelFunc
	ended        sync.WaitGroup
}

// startProfiles does nothing where no directory was asked for.
func startProfiles(ctx context.Context, dir, address string, s setup) *profiler {
	p := &profiler{dir: dir, address: address, name: fmt.Sprintf("%s-%d-%d", s.Database, s.Workers, s.Models)}
	ctx, p.cancel = context.WithCancel(ctx)
	if dir == "" {
		return p
	}
	p.ended.Go(func() {
		for n := 1; p.take(ctx, fmt.Sprintf("profile?seconds=%d", profileSeconds), fmt.Sprintf("cpu-%d", n)) == nil; n++ {
		}
	})
	return p
}

// stop ends the profile that is under way, which is lost.
func (p *profiler) stop(ctx context.Context) error {
	p.cancel()
	p.ended.Wait()
	if p.dir == "" {
		return nil
	}
	return p.take(ctx, "heap", "heap")
}

func (p *profiler) take(ctx context.Context, profile, name string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.address+"/debug/pprof/"+profile, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("profile %s: %s", profile, response.Status)
	}
	return os.WriteFile(filepath.Join(p.dir, p.name+"-"+name+".pb.gz"), content, 0o644)
}
