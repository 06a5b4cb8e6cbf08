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

// scriptContender is a Python script with MLflow's own client, in a process of its own. It
// is loaded before the clock runs: a pipeline would wait some seconds more.
type scriptContender struct {
	bench   *bench
	stand   *stand
	command *exec.Cmd
	input   io.Writer
	output  *bufio.Scanner
	errors  *os.File
}

// wantedPromotion is an entry of the script's list.
type wantedPromotion struct {
	ID          string     `json:"id"`
	Model       string     `json:"model"`
	Alias       string     `json:"alias"`
	Version     string     `json:"version"`
	OwnerTag    string     `json:"ownerTag"`
	Owner       string     `json:"owner"`
	EvidenceTag string     `json:"evidenceTag"`
	Gate        wantedGate `json:"gate"`
}

type wantedGate struct {
	Metric string  `json:"metric"`
	Above  float64 `json:"above"`
}

func (c *scriptContender) prepare(ctx context.Context) error {
	return c.launch(ctx, c.stand.server.URL)
}

// launch starts the script and returns when it is loaded.
func (c *scriptContender) launch(ctx context.Context, url string, args ...string) error {
	list, err := c.writeList()
	if err != nil {
		return err
	}
	c.command, err = python(ctx, []string{"MLFLOW_TRACKING_URI=" + url}, "script.py", append([]string{list}, args...)...)
	if err != nil {
		return err
	}
	if c.input, err = c.command.StdinPipe(); err != nil {
		return err
	}
	output, err := c.command.StdoutPipe()
	if err != nil {
		return err
	}
	if c.errors, err = os.Create(filepath.Join(c.stand.dir, "script.log")); err != nil {
		return err
	}
	c.output, c.command.Stderr = bufio.NewScanner(output), c.errors
	if err := c.command.Start(); err != nil {
		return err
	}
	c.stand.roots["script"] = c.command.Process.Pid
	return c.hear("ready")
}

func (c *scriptContender) writeList() (string, error) {
	var all []wantedPromotion
	for i := range c.stand.setup.Models {
		name := modelName(i + 1)
		all = append(all, wantedPromotion{
			ID: namespace + "/" + promotionName(production, i+1), Model: name, Alias: champion, Version: candidate,
			OwnerTag: managedByTag, Owner: owner(name), EvidenceTag: evidenceTag,
			Gate: wantedGate{Metric: gateMetric, Above: gateAbove},
		})
	}
	text, err := json.Marshal(all)
	if err != nil {
		return "", err
	}
	path := filepath.Join(c.stand.dir, "promotions.json")
	return path, os.WriteFile(path, text, 0o600)
}

func (c *scriptContender) converge(context.Context) (time.Time, error) {
	err := c.goThrough()
	return time.Now(), err
}

func (c *scriptContender) goThrough() error {
	if _, err := io.WriteString(c.input, "go\n"); err != nil {
		return err
	}
	return c.hear("done")
}

// hear waits for a word of the script.
func (c *scriptContender) hear(word string) error {
	if c.output.Scan() && c.output.Text() == word {
		return nil
	}
	log, _ := os.ReadFile(c.errors.Name())
	return fmt.Errorf("script.py said %q in place of %s\n%s", c.output.Text(), word, log)
}

// keep runs another script, which goes through the list at a fixed rate.
func (c *scriptContender) keep(ctx context.Context, url string) (kept, error) {
	if err := c.stop(); err != nil {
		return kept{}, err
	}
	if err := c.launch(ctx, url, strconv.FormatFloat(c.bench.poll.Seconds(), 'f', -1, 64)); err != nil {
		return kept{}, err
	}
	release := func(context.Context) error { return c.stop() }
	return kept{interval: c.bench.poll, release: release}, c.goThrough()
}

func (c *scriptContender) figures(_ context.Context, r recorder) error {
	return recordMemory(r, c.command.Process.Pid)
}

func (c *scriptContender) stop() error {
	if c.command == nil {
		return nil
	}
	delete(c.stand.roots, "script")
	_ = c.command.Process.Signal(syscall.SIGTERM)
	err := c.command.Wait()
	c.command = nil
	if _, ended := errors.AsType[*exec.ExitError](err); ended {
		err = nil // it was told to
	}
	return errors.Join(err, c.errors.Close())
}
