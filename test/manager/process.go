// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/neuronews/mlflow-registry-operator/test/netutil"
)

const (
	// startTimeout is for a busy machine; a start takes a second or two.
	startTimeout = 2 * time.Minute
	// stopTimeout is more than the operator takes to end the work that is under way.
	stopTimeout = 40 * time.Second
	// tailLines is what fits a terminal.
	tailLines = 15
)

// Options say which binary to run, and as whom.
type Options struct {
	Binary     string
	Kubeconfig string
	// Log is the file that the output is appended to.
	Log string
	// Args are further flags. Without any there is no leader election, which has to wait
	// for a lease that a killed operator left behind, and no metrics endpoint.
	Args []string
}

// Process is a running operator.
type Process struct {
	command *exec.Cmd
	log     string
	ready   string
	// exited is closed when the process ended.
	exited chan struct{}
}

// Start runs an operator and returns when it is ready. The context bounds the start
// alone: an operator runs until Stop or Kill.
func Start(ctx context.Context, options Options) (*Process, error) {
	process, err := launchProcess(options)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", options.Binary, err)
	}
	if err := netutil.WaitUntilReady(ctx, process.ready, process.exited, startTimeout); err != nil {
		process.Kill()
		return nil, fmt.Errorf("the operator %w; the end of its log:\n%s", err, process.ReadLogTail())
	}
	return process, nil
}

func launchProcess(options Options) (*Process, error) {
	listen, err := netutil.FreePort()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", listen)
	log, err := os.OpenFile(options.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own handle
	//nolint:noctx // The process outlives the context of its start.
	command := exec.Command(options.Binary, append([]string{"--health-probe-bind-address=" + address}, options.Args...)...)
	command.Env = append(newEnvironment(), "KUBECONFIG="+options.Kubeconfig, "POD_NAMESPACE="+Namespace)
	command.Stdout, command.Stderr = log, log
	// Ctrl-C in a terminal reaches the whole foreground group; Stop is to decide instead.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, err
	}
	process := &Process{
		command: command, log: options.Log, ready: "http://" + address + "/readyz", exited: make(chan struct{}),
	}
	go func() {
		_ = command.Wait() // how it ended is in the log
		close(process.exited)
	}()
	return process, nil
}

// newEnvironment is that of this process without what would give the operator a default
// connection.
func newEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MLFLOW_") || strings.HasPrefix(variable, "NEURONEWS_")
	})
}

// PID is the process.
func (p *Process) PID() int { return p.command.Process.Pid }

// Exited is closed when the operator has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Stop ends the operator as Kubernetes does: it may end what is under way.
func (p *Process) Stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(stopTimeout):
		p.Kill()
	}
}

// Kill ends the operator at once and returns when it is gone.
func (p *Process) Kill() {
	_ = p.command.Process.Kill()
	<-p.exited
}

// ReadLogTail is what the operator said last.
func (p *Process) ReadLogTail() string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(bytes.TrimSpace(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
