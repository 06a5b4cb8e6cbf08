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

// newTransportError classifies an error of the transport. It does not use the transport's
// text, which contains the URL, the local port and the time: they do not help, they change
// with each attempt, and they may be secret.
func (c *Client) newTransportError(ctx context.Context, q apiRequest, err error) *Error {
	failed := &Error{Endpoint: q.endpoint}
	switch tlsReason := tlsErrorReason(err); {
	case errors.Is(ctx.Err(), context.Canceled):
		// A canceled call says nothing about the server.
		failed.reason, failed.kinds = "the call was canceled", []error{context.Canceled}
	case ctx.Err() != nil:
		failed.reason, failed.kinds = "no complete answer before the caller's deadline", []error{ErrUnreachable, ctx.Err()}
	case isTimeout(err):
		failed.reason, failed.kinds = c.timeoutReason(err), []error{ErrUnreachable, ErrTimeout}
	case tlsReason != "":
		failed.reason, failed.kinds = tlsReason, []error{ErrTLS}
	case !q.isRead() && isInterrupted(err):
		failed.reason, failed.kinds = disconnectReason(err), []error{ErrInterrupted}
	default:
		failed.reason, failed.kinds = disconnectReason(err), []error{ErrUnreachable}
	}
	return failed
}

// isInterrupted reports whether an established connection ended before the answer.
func isInterrupted(err error) bool {
	return networkOperation(err) != "proxyconnect" &&
		(errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE))
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// timeoutReason describes what took too long.
func (c *Client) timeoutReason(err error) string {
	if op := networkOperation(err); op == "dial" || op == "proxyconnect" {
		return "no connection in time"
	}
	return fmt.Sprintf("no complete answer within %s", c.config.Timeout)
}

// disconnectReason describes how the connection failed.
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

// networkOperation returns the operation that failed, in the words of package net, such as
// dial; empty if the error is not one of package net.
func networkOperation(err error) string {
	var failed *net.OpError
	if !errors.As(err, &failed) {
		return ""
	}
	return failed.Op
}

// newQueueError returns the error of a call whose context ended before a request was sent. It
// says nothing about the server.
func newQueueError(q apiRequest, cause error) *Error {
	return &Error{Endpoint: q.endpoint, reason: "canceled before the request was sent: " + cause.Error(), kinds: []error{cause}}
}

// tlsErrorReason describes why TLS failed; empty if it did not.
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
