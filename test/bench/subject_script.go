// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// scriptSubject is a Python script with the MLflow client, in a process of its own. Its start is
// not measured: it would add some seconds to each run of a pipeline.
type scriptSubject struct {
	bench   *bench
	env     *environment
	command *exec.Cmd
	input   io.Writer
	output  *bufio.Scanner
	log     *os.File
}

// scriptPromotion is an entry of the list that the script reads.
type scriptPromotion struct {
	ID          string     `json:"id"`
	Model       string     `json:"model"`
	Alias       string     `json:"alias"`
	Version     string     `json:"version"`
	OwnerTag    string     `json:"ownerTag"`
	Owner       string     `json:"owner"`
	EvidenceTag string     `json:"evidenceTag"`
	Gate        scriptGate `json:"gate"`
}

type scriptGate struct {
	Metric string  `json:"metric"`
	Above  float64 `json:"above"`
}

func (s *scriptSubject) prepare(ctx context.Context) error {
	return s.startScript(ctx, s.env.server.URL)
}

// startScript starts the script and waits until its imports are loaded.
func (s *scriptSubject) startScript(ctx context.Context, url string, args ...string) error {
	list, err := s.writePromotions()
	if err != nil {
		return err
	}
	s.command, err = pythonCommand(ctx, []string{"MLFLOW_TRACKING_URI=" + url}, "script.py", append([]string{list}, args...)...)
	if err != nil {
		return err
	}
	if s.input, err = s.command.StdinPipe(); err != nil {
		return err
	}
	output, err := s.command.StdoutPipe()
	if err != nil {
		return err
	}
	if s.log, err = os.Create(filepath.Join(s.env.dir, "script.log")); err != nil {
		return err
	}
	s.output, s.command.Stderr = bufio.NewScanner(output), s.log
	if err := s.command.Start(); err != nil {
		return err
	}
	s.env.roots["script"] = s.command.Process.Pid
	return s.expectLine("ready")
}

func (s *scriptSubject) writePromotions() (string, error) {
	var all []scriptPromotion
	for i := range s.env.setup.Models {
		name := modelName(i + 1)
		all = append(all, scriptPromotion{
			ID: namespace + "/" + promotionName(production, i+1), Model: name, Alias: champion, Version: candidate,
			OwnerTag: managedByTag, Owner: ownerTagValue(name), EvidenceTag: evidenceTag,
			Gate: scriptGate{Metric: gateMetric, Above: gateAbove},
		})
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	path := filepath.Join(s.env.dir, "promotions.json")
	return path, os.WriteFile(path, text, 0o600)
}

func (s *scriptSubject) converge(context.Context) (time.Time, error) {
	err := s.runOnce()
	return time.Now(), err
}

func (s *scriptSubject) runOnce() error {
	if _, err := io.WriteString(s.input, "go\n"); err != nil {
		return err
	}
	return s.expectLine("done")
}

// expectLine reads the next line of the script.
func (s *scriptSubject) expectLine(word string) error {
	if s.output.Scan() && s.output.Text() == word {
		return nil
	}
	log, _ := os.ReadFile(s.log.Name())
	return fmt.Errorf("script.py printed %q, want %s\n%s", s.output.Text(), word, log)
}

// maintain restarts the script with an interval at which it repeats its list.
func (s *scriptSubject) maintain(ctx context.Context, url string) (maintenance, error) {
	if err := s.stop(); err != nil {
		return maintenance{}, err
	}
	if err := s.startScript(ctx, url, strconv.FormatFloat(s.bench.poll.Seconds(), 'f', -1, 64)); err != nil {
		return maintenance{}, err
	}
	release := func(context.Context) error { return s.stop() }
	return maintenance{interval: s.bench.poll, stop: release}, s.runOnce()
}

func (s *scriptSubject) recordDetails(_ context.Context, r recorder) error {
	return recordMemory(r, s.command.Process.Pid)
}

func (s *scriptSubject) stop() error {
	if s.command == nil {
		return nil
	}
	delete(s.env.roots, "script")
	_ = s.command.Process.Signal(syscall.SIGTERM)
	err := s.command.Wait()
	s.command = nil
	if _, exited := errors.AsType[*exec.ExitError](err); exited {
		err = nil // stopped by the signal
	}
	return errors.Join(err, s.log.Close())
}
