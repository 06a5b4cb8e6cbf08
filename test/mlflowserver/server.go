// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowserver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/neuronews/mlflow-registry-operator/test/netutil"
)

// stopTimeout is what a server gets to end by itself.
const stopTimeout = 5 * time.Second

// Server is a running MLflow.
type Server struct {
	// URL is the base for a client, with the path prefix.
	URL string
	// Dir holds the database, the artifacts and server.log.
	Dir string

	command *exec.Cmd
	// exited is closed when the process ended.
	exited    chan struct{}
	temporary bool
}

// Start runs a server and returns when it answers. The context bounds the start
// alone: a server runs until Stop.
func Start(ctx context.Context, options Options) (*Server, error) {
	options = options.withDefaults()
	python, err := FindPython(options.Version)
	if err != nil {
		return nil, err
	}
	server, err := launchProcess(python, options)
	if err != nil {
		return nil, fmt.Errorf("start MLflow %s: %w", options.Version, err)
	}
	if err := netutil.WaitUntilReady(ctx, server.URL+"/health", server.exited, options.StartTimeout); err != nil {
		err = fmt.Errorf("MLflow %s %w; the end of its log:\n%s", options.Version, err, server.readLogTail())
		return nil, errors.Join(err, server.Stop())
	}
	return server, nil
}

func launchProcess(python string, options Options) (*Server, error) {
	dir, err := prepareDirectory(options.Dir)
	if err != nil {
		return nil, err
	}
	listen := options.Port
	if listen == 0 {
		if listen, err = netutil.FreePort(); err != nil {
			return nil, err
		}
	}
	log, err := os.Create(filepath.Join(dir, "server.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own handle
	//nolint:noctx // The process outlives the context of its start.
	command := exec.Command(python, options.newArguments(dir, listen)...)
	command.Env = options.newEnvironment(filepath.Dir(filepath.Dir(python)))
	command.Dir = dir
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, err
	}
	server := &Server{
		URL:       fmt.Sprintf("http://127.0.0.1:%d%s", listen, options.PathPrefix),
		Dir:       dir,
		command:   command,
		exited:    make(chan struct{}),
		temporary: options.Dir == "",
	}
	go func() {
		_ = command.Wait() // how it ended is in the log
		close(server.exited)
	}()
	return server, nil
}

// PID is the process, whose group has the same number.
func (s *Server) PID() int { return s.command.Process.Pid }

// Stop ends the server with all its workers, and removes a temporary directory.
func (s *Server) Stop() error {
	s.signalGroup(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
	}
	s.signalGroup(syscall.SIGKILL) // what is left of the group
	<-s.exited
	if s.temporary {
		return os.RemoveAll(s.Dir)
	}
	return nil
}

// signalGroup reaches the whole group; that none is left is no error.
func (s *Server) signalGroup(signal syscall.Signal) {
	_ = syscall.Kill(-s.PID(), signal)
}

func prepareDirectory(asked string) (string, error) {
	if asked == "" {
		return os.MkdirTemp("", "mlflow-")
	}
	absolute, err := filepath.Abs(asked)
	if err != nil {
		return "", err
	}
	return absolute, os.MkdirAll(absolute, 0o750)
}
