// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net"
	"syscall"
)

// keepAliveIsFast is true where a kept connection is a fast one.
const keepAliveIsFast = true

// newQuickAckDialer makes connections that acknowledge what they receive at once. The kernel
// falls back to delayed acknowledgement on its own, so each read and write asks anew.
func newQuickAckDialer(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return withQuickAck(conn), nil
	}
}

// withQuickAck leaves alone what is no socket.
func withQuickAck(conn net.Conn) net.Conn {
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return conn
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return conn
	}
	return quickAckConn{Conn: conn, raw: raw}
}

// quickAckConn is a connection without delayed acknowledgement.
type quickAckConn struct {
	net.Conn
	raw syscall.RawConn
}

// Read reads, and acknowledges what comes next at once.
func (c quickAckConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.setQuickAck()
	return n, err
}

// Write writes, and acknowledges the answer at once.
func (c quickAckConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.setQuickAck()
	return n, err
}

// setQuickAck may fail, on a closed connection or in a sandbox: then it is only slower.
func (c quickAckConn) setQuickAck() {
	_ = c.raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
