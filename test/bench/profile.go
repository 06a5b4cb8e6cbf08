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

// profileSeconds is the length of one CPU profile. go tool pprof adds several profiles up.
const profileSeconds = 30

// profiler saves CPU profiles of the operator during convergence, and a heap profile after it.
type profiler struct {
	dir, address string
	name         string
	cancel       context.CancelFunc
	loop         sync.WaitGroup
}

// startProfiler does nothing without a directory.
func startProfiler(ctx context.Context, dir, address string, s setup) *profiler {
	p := &profiler{dir: dir, address: address, name: fmt.Sprintf("%s-%d-%d", s.Database, s.Workers, s.Models)}
	ctx, p.cancel = context.WithCancel(ctx)
	if dir == "" {
		return p
	}
	p.loop.Go(func() {
		for n := 1; p.saveProfile(ctx, fmt.Sprintf("profile?seconds=%d", profileSeconds), fmt.Sprintf("cpu-%d", n)) == nil; n++ {
		}
	})
	return p
}

// stop discards the current CPU profile and saves the heap profile.
func (p *profiler) stop(ctx context.Context) error {
	p.cancel()
	p.loop.Wait()
	if p.dir == "" {
		return nil
	}
	return p.saveProfile(ctx, "heap", "heap")
}

func (p *profiler) saveProfile(ctx context.Context, profile, name string) error {
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
