// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"net"
	"syscall"
)

// keepAliveIsFast reports whether a kept connection is as fast as a new one.
const keepAliveIsFast = true

// newQuickAckDialer returns a dialer whose connections acknowledge at once. The kernel returns
// to delayed acknowledgements by itself, so each read and write sets the option again.
func newQuickAckDialer(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return withQuickAck(conn), nil
	}
}

// withQuickAck wraps a socket; it returns any other connection unchanged.
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

// Read reads, and sets quick acknowledgement for the next segments.
func (c quickAckConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.setQuickAck()
	return n, err
}

// Write writes, and sets quick acknowledgement for the answer.
func (c quickAckConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.setQuickAck()
	return n, err
}

// setQuickAck ignores errors, as of a closed connection or a sandbox: without the option the
// connection is only slower.
func (c quickAckConn) setQuickAck() {
	_ = c.raw.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
