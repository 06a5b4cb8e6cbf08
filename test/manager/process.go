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
	// startTimeout is long enough for a busy machine; a start takes a second or two.
	startTimeout = 2 * time.Minute
	// stopTimeout is longer than the operator takes to finish its current reconciles.
	stopTimeout = 40 * time.Second
	// tailLines fit into a terminal.
	tailLines = 15
)

// Options configure a process.
type Options struct {
	// Binary is the path of the manager binary.
	Binary string
	// Kubeconfig is the path of the kubeconfig with the rights of the operator.
	Kubeconfig string
	// Log is the file to which the output is appended.
	Log string
	// Args are more flags. By default there is no leader election, which has to wait for the
	// lease of a killed operator, and no metrics endpoint.
	Args []string
}

// Process is a running operator.
type Process struct {
	command *exec.Cmd
	// log is the path of the log file.
	log string
	// readyURL is the address of the readiness probe.
	readyURL string
	// exited is closed when the process has exited.
	exited chan struct{}
}

// Start runs an operator and returns when it is ready. The context limits the start only: the
// operator runs until Stop or Kill.
func Start(ctx context.Context, options Options) (*Process, error) {
	process, err := launchProcess(options)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", options.Binary, err)
	}
	if err := netutil.WaitUntilReady(ctx, process.readyURL, process.exited, startTimeout); err != nil {
		process.Kill()
		return nil, fmt.Errorf("the operator %w; the end of its log:\n%s", err, process.ReadLogTail())
	}
	return process, nil
}

func launchProcess(options Options) (*Process, error) {
	port, err := netutil.FreePort()
	if err != nil {
		return nil, err
	}
	address := fmt.Sprintf("127.0.0.1:%d", port)
	log, err := os.OpenFile(options.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own handle
	//nolint:noctx // The process outlives the context of its start.
	command := exec.Command(options.Binary, append([]string{"--health-probe-bind-address=" + address}, options.Args...)...)
	command.Env = append(newEnvironment(), "KUBECONFIG="+options.Kubeconfig, "POD_NAMESPACE="+Namespace)
	command.Stdout, command.Stderr = log, log
	// Ctrl-C in a terminal signals the whole foreground group; only Stop and Kill end the operator.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, err
	}
	process := &Process{
		command: command, log: options.Log, readyURL: "http://" + address + "/readyz", exited: make(chan struct{}),
	}
	go func() {
		_ = command.Wait() // the log shows how it exited
		close(process.exited)
	}()
	return process, nil
}

// newEnvironment returns the environment of this process without the variables that configure
// the operator, such as a default connection.
func newEnvironment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "MLFLOW_") || strings.HasPrefix(variable, "NEURONEWS_")
	})
}

// PID returns the process ID.
func (p *Process) PID() int { return p.command.Process.Pid }

// Exited returns a channel that is closed when the operator has exited.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Stop ends the operator as Kubernetes does: the operator can finish its current reconciles.
func (p *Process) Stop() {
	_ = p.command.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(stopTimeout):
		p.Kill()
	}
}

// Kill ends the operator at once and returns when it has exited.
func (p *Process) Kill() {
	_ = p.command.Process.Kill()
	<-p.exited
}

// ReadLogTail returns the last lines of the log.
func (p *Process) ReadLogTail() string {
	content, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(string(bytes.TrimSpace(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}
