// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net"
	"syscall"
)

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// prompt makes connections that acknowledge what they receive at once.
func prompt(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return promptConn{conn}, nil
	}
}

// promptConn asks for it after each read and write, since the kernel forgets.
type promptConn struct{ net.Conn }

func (c promptConn) Read(p []byte) (int, error) {
	defer c.arm()
	return c.Conn.Read(p)
}

func (c promptConn) Write(p []byte) (int, error) {
	defer c.arm()
	return c.Conn.Write(p)
}

func (c promptConn) arm() {
	socket, err := c.Conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		return
	}
	_ = socket.Control(func(fd uintptr) {
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_QUICKACK, 1)
	})
}
