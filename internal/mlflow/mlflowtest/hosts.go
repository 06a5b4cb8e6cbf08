// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import (
	"fmt"
	"net/http"
	"net/netip"
	"path"
	"strings"
)

const hostRejectedMessage = "Invalid Host header - possible DNS rebinding attack detected"

// checkRequestLine is the limit of the web server that old versions run on.
func (s *Server) checkRequestLine(r *http.Request, _ *Call) *response {
	length := len(r.Method) + len(" ") + len(r.RequestURI) + len(" HTTP/1.1")
	if s.rules.maxRequestLine == 0 || length <= s.rules.maxRequestLine {
		return nil
	}
	return newTextResponse(http.StatusBadRequest, "text/html", fmt.Sprintf(
		"<html>\n  <head>\n    <title>Bad Request</title>\n  </head>\n  <body>\n    <h1><p>Bad Request</p></h1>\n"+
			"    Request Line is too large (%d &gt; %d)\n  </body>\n</html>\n", length, s.rules.maxRequestLine))
}

// checkHost guards all but the two probes.
func (s *Server) checkHost(r *http.Request, call *Call) *response {
	probe := call.Endpoint == "/health" || call.Endpoint == "/version"
	if !s.rules.hostCheck || probe || s.isAllowedHost(r.Host) {
		return nil
	}
	return newTextResponse(http.StatusForbidden, typeText, hostRejectedMessage)
}

// isAllowedHost matches the Host header as it came, port included.
func (s *Server) isAllowedHost(host string) bool {
	if s.options.AllowedHosts == nil {
		return isLocalHost(host)
	}
	for _, pattern := range s.options.AllowedHosts {
		if matched, _ := path.Match(pattern, host); matched || pattern == host {
			return true
		}
	}
	return false
}

// isLocalHost is the default list: loopback and private addresses, any port.
func isLocalHost(host string) bool {
	name, _, _ := strings.Cut(host, ":")
	if strings.HasPrefix(host, "[::1]") || name == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(name)
	return err == nil && (address.IsLoopback() || address.IsPrivate() || address.IsUnspecified())
}
