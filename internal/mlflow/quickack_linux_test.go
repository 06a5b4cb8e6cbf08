// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"io"
	"net"
	"syscall"
	"testing"
)

func TestConnectionsSetQuickAck(t *testing.T) {
	// The server keeps the connection open: one that it closes delays acknowledgements.
	done := make(chan struct{})
	defer close(done)
	address := startListener(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "answer")
		<-done
	})
	conn, err := newQuickAckDialer((&net.Dialer{}).DialContext)(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()

	steps := []func() (int, error){
		func() (int, error) { return conn.Write([]byte("question")) },
		func() (int, error) { return conn.Read(make([]byte, 6)) },
	}
	for _, step := range steps {
		setQuickAckOption(t, conn, 0)
		if _, err := step(); err != nil {
			t.Fatal(err)
		}
		if got := getQuickAckOption(t, conn); got != 1 {
			t.Errorf("TCP_QUICKACK is %d", got)
		}
	}
}

func TestConnectionsWithoutSocketAreUnchanged(t *testing.T) {
	pipe, other := net.Pipe()
	defer func() { _, _ = pipe.Close(), other.Close() }()
	if got := withQuickAck(pipe); got != pipe {
		t.Errorf("a pipe becomes a %T", got)
	}
}

func setQuickAckOption(t *testing.T, conn net.Conn, value int) {
	t.Helper()
	controlSocket(t, conn, func(fd int) error {
		return syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, value)
	})
}

func getQuickAckOption(t *testing.T, conn net.Conn) (value int) {
	t.Helper()
	controlSocket(t, conn, func(fd int) (err error) {
		value, err = syscall.GetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_QUICKACK)
		return err
	})
	return value
}

func controlSocket(t *testing.T, conn net.Conn, do func(fd int) error) {
	t.Helper()
	var failed error
	err := conn.(quickAckConn).raw.Control(func(fd uintptr) { failed = do(int(fd)) })
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
}
