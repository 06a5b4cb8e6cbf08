// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Package port finds ports for servers that are other processes.
package port

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// The range lies below those from which Linux and macOS take the ports of connections and
// of listeners that ask for any: nobody gets one of these by chance while a server takes
// its seconds to start.
const (
	lowest  = 20000
	highest = 29999
	// attempts is far more than it takes where a handful of ports are in use.
	attempts = 100
)

// Free is a port of the loopback interface that nobody listens on.
func Free() (int, error) {
	var err error
	for range attempts {
		port := lowest + rand.IntN(highest-lowest+1)
		//nolint:noctx // Nothing is waited for.
		listener, failed := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if failed == nil {
			return port, listener.Close()
		}
		err = failed
	}
	return 0, errors.Join(fmt.Errorf("no free port after %d attempts", attempts), err)
}
