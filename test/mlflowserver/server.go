// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowserver

import (
	"bytes"
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

// stopTimeout is how long a server may take to exit by itself.
const stopTimeout = 5 * time.Second

// Server is a running MLflow server.
type Server struct {
	// URL is the base URL for clients, including the path prefix.
	URL string
	// Dir contains the database, the artifacts and server.log.
	Dir string

	command *exec.Cmd
	// exited is closed when the process has exited.
	exited chan struct{}
	// temporary says that Stop removes Dir.
	temporary bool
}

// Start runs a server and returns when it is ready. The context limits the start only: the server
// runs until Stop.
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
	port := options.Port
	if port == 0 {
		if port, err = netutil.FreePort(); err != nil {
			return nil, err
		}
	}
	log, err := os.Create(filepath.Join(dir, "server.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own handle
	//nolint:noctx // The process outlives the context of its start.
	command := exec.Command(python, options.newArguments(dir, port)...)
	command.Env = options.newEnvironment(filepath.Dir(filepath.Dir(python)))
	command.Dir = dir
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, err
	}
	server := &Server{
		URL:       fmt.Sprintf("http://127.0.0.1:%d%s", port, options.PathPrefix),
		Dir:       dir,
		command:   command,
		exited:    make(chan struct{}),
		temporary: options.Dir == "",
	}
	go func() {
		_ = command.Wait() // the log shows how it exited
		close(server.exited)
	}()
	return server, nil
}

// PID returns the process ID, which is also the ID of the process group.
func (s *Server) PID() int { return s.command.Process.Pid }

// Stop ends the server with all its workers, and removes a temporary directory.
func (s *Server) Stop() error {
	s.signalGroup(syscall.SIGTERM)
	select {
	case <-s.exited:
	case <-time.After(stopTimeout):
	}
	s.signalGroup(syscall.SIGKILL) // the rest of the group
	<-s.exited
	if s.temporary {
		return os.RemoveAll(s.Dir)
	}
	return nil
}

// signalGroup signals the whole process group. It ignores a group that no longer exists.
func (s *Server) signalGroup(signal syscall.Signal) {
	_ = syscall.Kill(-s.PID(), signal)
}

func prepareDirectory(configured string) (string, error) {
	if configured == "" {
		return os.MkdirTemp("", "mlflow-")
	}
	absolute, err := filepath.Abs(configured)
	if err != nil {
		return "", err
	}
	return absolute, os.MkdirAll(absolute, 0o750)
}

// tailSize is enough for a Python traceback.
const tailSize = 4096

// readLogTail returns the end of the log.
func (s *Server) readLogTail() string {
	text, err := os.ReadFile(filepath.Join(s.Dir, "server.log"))
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(text[max(0, len(text)-tailSize):]))
}
