// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

const (
	// pulse is how often a starting server is asked; a start takes seconds.
	pulse = 100 * time.Millisecond
	// tailSize is enough for a Python traceback.
	tailSize = 4096
)

// await returns when the server is healthy, gone or too late.
func (s *Server) await(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(pulse)
	defer ticker.Stop()
	for !s.healthy(ctx) {
		select {
		case <-s.exited:
			return errors.New("ended before it answered")
		case <-ctx.Done():
			return fmt.Errorf("did not answer within %s", patience)
		case <-ticker.C:
		}
	}
	return nil
}

func (s *Server) healthy(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/health", nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// logTail is what the server said last.
func (s *Server) logTail() string {
	text, err := os.ReadFile(filepath.Join(s.Dir, "server.log"))
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(text[max(0, len(text)-tailSize):]))
}
