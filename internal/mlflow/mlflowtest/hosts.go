// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"net/http"
	"net/netip"
	"path"
	"strings"
)

const hostRefused = "Invalid Host header - possible DNS rebinding attack detected"

// checkHost guards all but the two probes.
func (s *Server) checkHost(r *http.Request, call *Call) *answer {
	probe := call.Endpoint == "/health" || call.Endpoint == "/version"
	if !s.rules.hostCheck || probe || s.allowsHost(r.Host) {
		return nil
	}
	return textAnswer(http.StatusForbidden, typeText, hostRefused)
}

// allowsHost matches the Host header as it came, port included.
func (s *Server) allowsHost(host string) bool {
	if s.options.AllowedHosts == nil {
		return isLocal(host)
	}
	for _, pattern := range s.options.AllowedHosts {
		if matched, _ := path.Match(pattern, host); matched || pattern == host {
			return true
		}
	}
	return false
}

// isLocal is the default list: loopback and private addresses, any port.
func isLocal(host string) bool {
	name, _, _ := strings.Cut(host, ":")
	if strings.HasPrefix(host, "[::1]") || name == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && (address.IsLoopback() || address.IsPrivate() || address.IsUnspecified())
}
