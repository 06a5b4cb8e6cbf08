// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net"
	"syscall"
)

// keepsConnections is true where a kept connection is a fast one.
const keepsConnections = true

// prompt makes connections that acknowledge what they receive at once. The kernel
// falls back to delayed acknowledgement on its own, so each read and write asks anew.
func prompt(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return asPrompt(conn), nil
	}
}

// asPrompt leaves alone what is no socket.
func asPrompt(conn net.Conn) net.Conn {
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return conn
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return conn
	}
	return promptConn{Conn: conn, raw: raw}
}

// promptConn is a connection without delayed acknowledgement.
type promptConn struct {
	net.Conn
	raw syscall.RawConn
}

// Read reads, and acknowledges what comes next at once.
func (c promptConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.arm()
	return n, err
}

// Write writes, and acknowledges the answer at once.
func (c promptConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.arm()
	return n, err
}

// arm may fail, on a closed connection or in a sandbox: then it is only slower.
func (c promptConn) arm() {
	_ = c.raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
