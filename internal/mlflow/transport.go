// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflow

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout = 10 * time.Second
	// idleTimeout is below the 5s after which uvicorn closes an idle connection: a
	// write that meets a closing connection can't be repeated.
	idleTimeout = 3 * time.Second
	// maxHeaderBytes is many times what any server or gateway sends.
	maxHeaderBytes = 256 << 10
)

// dialFunc opens a connection.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newTransport is HTTP/1.1, which is all that MLflow speaks, through the proxy
// that the environment names.
//
// A server of several workers takes 44ms more for each answer on a connection that
// acknowledges late, so that connections acknowledge at once where the system can,
// and elsewhere are not kept. docs/adr/0002 has the choice and its measurements.
func newTransport(config Config) (*http.Transport, error) {
	trust, err := config.newTLSConfig()
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            newQuickAckDialer(dialer.DialContext),
		TLSClientConfig:        trust,
		TLSHandshakeTimeout:    dialTimeout,
		DisableKeepAlives:      !keepAliveIsFast,
		MaxIdleConnsPerHost:    config.MaxInFlight,
		IdleConnTimeout:        idleTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}, nil
}

// newTLSConfig is what makes a server's certificate acceptable.
func (c Config) newTLSConfig() (*tls.Config, error) {
	trust := &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: c.InsecureSkipVerify, //nolint:gosec // Asked for by the user, and reported by the connection's status.
	}
	if len(c.CABundle) == 0 {
		return trust, nil
	}
	trust.RootCAs = x509.NewCertPool()
	if !trust.RootCAs.AppendCertsFromPEM(c.CABundle) {
		return nil, ErrInvalidCABundle
	}
	return trust, nil
}
