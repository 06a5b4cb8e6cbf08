// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package mlflowtest

import "time"

// Options say which MLflow to be. The zero value is an open 3.17.2 on plain HTTP.
type Options struct {
	// Version is Version3 (default) or Version2.
	Version string
	// PathPrefix is --static-prefix: everything moves below it.
	PathPrefix string
	// AllowedHosts is --allowed-hosts: patterns that replace the default list and
	// match the Host header with its port. Nil: loopback and private addresses.
	AllowedHosts []string
	// Workspaces is --enable-workspaces.
	Workspaces bool
	// Accounts turns basic authentication on, by username.
	Accounts map[string]Account
	// BearerToken is what a proxy in front of MLflow would ask for. It may stand
	// beside Accounts.
	BearerToken string
	// TLS serves HTTPS with a certificate of its own: see Server.CertificatePEM.
	TLS bool
	// Clock gives the timestamps; nil is the real time.
	Clock func() time.Time
}

// Account is one user of the basic-auth app.
type Account struct {
	Password string
	// Admin may do everything.
	Admin bool
	// Permission holds for every object. Its zero value allows nothing.
	Permission Permission
}

// Permission is a level of MLflow's basic-auth app.
type Permission int

// The levels, each with all rights of those before it.
const (
	PermissionNone Permission = iota
	PermissionRead
	PermissionUse
	PermissionEdit
	PermissionManage
)
