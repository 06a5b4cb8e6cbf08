// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package port

import (
	"fmt"
	"net"
	"testing"
)

func TestFree(t *testing.T) {
	port, err := Free()
	if err != nil {
		t.Fatal(err)
	}
	if port < lowest || port > highest {
		t.Errorf("port %d lies outside of the range", port)
	}
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	_ = listener.Close()
}
