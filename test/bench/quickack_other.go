// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package main

import (
	"context"
	"net"
)

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialQuickAck returns the dialer unchanged: only Linux has TCP_QUICKACK.
func dialQuickAck(dial dialFunc) dialFunc { return dial }
