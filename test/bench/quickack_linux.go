// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net"
	"syscall"
)

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialQuickAck returns a dialer whose connections acknowledge received data immediately.
func dialQuickAck(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return quickAckConn{conn}, nil
	}
}

// quickAckConn sets the option after each read and write, because the kernel resets it.
type quickAckConn struct{ net.Conn }

func (c quickAckConn) Read(p []byte) (int, error) {
	defer c.setQuickAck()
	return c.Conn.Read(p)
}

func (c quickAckConn) Write(p []byte) (int, error) {
	defer c.setQuickAck()
	return c.Conn.Write(p)
}

func (c quickAckConn) setQuickAck() {
	socket, err := c.Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return
	}
	_ = socket.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
