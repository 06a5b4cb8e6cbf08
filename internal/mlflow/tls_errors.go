// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
)

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
