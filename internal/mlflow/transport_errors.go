// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// ErrTimeout is a request that used up its own time. It is an ErrUnreachable too.
var ErrTimeout = errors.New("timed out")

// newTransportError makes an error of what the transport says. The transport's own text
// is not used: it holds the URL, the port of this side and the time of day, which
// are no help, change with each attempt, and may be secret.
func (c *Client) newTransportError(ctx context.Context, q apiRequest, err error) *Error {
	failed := &Error{Endpoint: q.endpoint}
	switch distrust := tlsErrorReason(err); {
	case errors.Is(ctx.Err(), context.Canceled):
		// The caller left: that says nothing about the server.
		failed.reason, failed.kinds = "given up", []error{context.Canceled}
	case ctx.Err() != nil:
		failed.reason, failed.kinds = "no whole answer in the time given", []error{ErrUnreachable, ctx.Err()}
	case isTimeout(err):
		failed.reason, failed.kinds = c.timeoutReason(err), []error{ErrUnreachable, ErrTimeout}
	case distrust != "":
		failed.reason, failed.kinds = distrust, []error{ErrTLS}
	case !q.isRead() && isInterrupted(err):
		failed.reason, failed.kinds = disconnectReason(err), []error{ErrInterrupted}
	default:
		failed.reason, failed.kinds = disconnectReason(err), []error{ErrUnreachable}
	}
	return failed
}

// isInterrupted tells a connection that was there from one that never was.
func isInterrupted(err error) bool {
	return networkOperation(err) != "proxyconnect" &&
		(errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE))
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// timeoutReason says what took too long.
func (c *Client) timeoutReason(err error) string {
	if op := networkOperation(err); op == "dial" || op == "proxyconnect" {
		return "no connection in time"
	}
	return fmt.Sprintf("no whole answer within %s", c.config.Timeout)
}

// disconnectReason says how the connection failed.
func disconnectReason(err error) string {
	var (
		dns   *net.DNSError
		errno syscall.Errno
	)
	switch {
	case networkOperation(err) == "proxyconnect":
		return "no connection to the proxy"
	case errors.As(err, &dns):
		return fmt.Sprintf("the host name %q can't be resolved", dns.Name)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed before the whole answer was there"
	case errors.As(err, &errno):
		return errno.Error()
	default:
		return "no valid HTTP answer"
	}
}

// networkOperation is what the network was doing, in the words of package net.
func networkOperation(err error) string {
	var failed *net.OpError
	if !errors.As(err, &failed) {
		return ""
	}
	return failed.Op
}

// newQueueError is a call that ended before it was made: the server is not to blame.
func newQueueError(q apiRequest, cause error) *Error {
	return &Error{Endpoint: q.endpoint, reason: "given up before it was sent: " + cause.Error(), kinds: []error{cause}}
}

// tlsErrorReason says why there is no trust in the server; it is empty when that is
// not what failed.
func tlsErrorReason(err error) string {
	if reason := certificateErrorReason(err); reason != "" {
		return reason
	}
	if _, noTLS := errors.AsType[tls.RecordHeaderError](err); noTLS {
		return "the server does not speak TLS: is its URL http, not https?"
	}
	op := networkOperation(err)
	if op == "remote error" || op == "local error" || strings.HasPrefix(err.Error(), "tls: ") {
		return "the TLS handshake failed"
	}
	return ""
}

func certificateErrorReason(err error) string {
	var (
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		other     *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &authority):
		return "the server's certificate is signed by an unknown authority"
	case errors.As(err, &host):
		return "the server's certificate is not for this host name"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the server's certificate has expired or is not valid yet"
	case errors.As(err, &other):
		return "the server's certificate is not valid"
	default:
		return ""
	}
}
