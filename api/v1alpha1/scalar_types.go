// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	"math/big"
	"time"
)

// Decimal is an exact decimal number, written as a string: "0.85", "-3", "12.5".
// It is compared digit by digit, never as a float. At most 18 digits before and 18
// after the point; no exponent.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=38
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^-?[0-9]{1,18}([.][0-9]{1,18})?$')`,message=`must be a decimal such as "0.85", with at most 18 digits before and after the point`
type Decimal string

// Rat is the exact value. It is nil for a string that the API server would have
// refused.
func (d Decimal) Rat() *big.Rat {
	r, ok := new(big.Rat).SetString(string(d))
	if !ok {
		return nil
	}
	return r
}

// Duration is a span of time in Go's notation: "30s", "5m", "1h30m". A number has
// five digits at most, so that no duration of this length overflows.
//
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=32
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^([0-9]{1,5}([.][0-9]{1,9})?(ms|s|m|h))+$')`,message=`must be a duration such as 30s, 5m or 1h30m, in the units h, m, s and ms`
type Duration string

// OrDefault is the duration, or the given one where none was written.
func (d Duration) OrDefault(fallback time.Duration) time.Duration {
	parsed, err := time.ParseDuration(string(d))
	if err != nil {
		return fallback
	}
	return parsed
}

// ObjectName is the name of another object in the same namespace.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=253
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')`,message=`must be the name of an object: lower-case letters and digits, with hyphens and periods within`
type ObjectName string

// StageName is the name of a stage of a model: lower-case letters, digits and
// hyphens, 63 characters at most.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message=`must be the name of a stage, such as production: lower-case letters and digits, with hyphens within`
type StageName string

// Alias is an alias of a model version in MLflow: lower-case letters, digits,
// hyphens and underscores, 255 characters at most. MLflow reserves "latest" and
// "v" followed by digits.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=255
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$')`,message=`must be an alias such as champion: lower-case letters and digits, with hyphens and underscores within`
// +kubebuilder:validation:XValidation:rule="self != 'latest' && !self.matches('^v[0-9]+$')",message="MLflow reserves the aliases \"latest\" and \"v\" with digits: choose another alias, such as champion"
type Alias string

// Version is the number of a model version. It is a string because MLflow's is:
// write it in quotes.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=10
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[1-9][0-9]{0,9}$')`,message=`version must be a number such as "7", as MLflow shows it`
type Version string

// TagKey is the key of a tag in MLflow: letters, digits, underscores, hyphens,
// periods, spaces, colons and slashes, 250 characters at most.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=250
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[A-Za-z0-9_. :-]+(/[A-Za-z0-9_. :-]+)*$')`,message=`must be the key of a tag: letters, digits, underscores, hyphens, periods, spaces, colons, and single slashes within`
type TagKey string

// TagValue is the value of a tag in MLflow, 5000 characters at most. Empty is a
// value.
//
// +kubebuilder:validation:MaxLength=5000
type TagValue string

// NamespaceName is the name of a namespace.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')`,message=`must be the name of a namespace: lower-case letters and digits, with hyphens within`
type NamespaceName string

// LabelKey is the key of a label of a Kubernetes object, such as team or
// example.com/team.
//
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=317
// +kubebuilder:validation:XValidation:rule=`self.matches(r'^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$')`,message=`must be the key of a label, such as team or example.com/team`
type LabelKey string

// LabelValue is the value of a label of a Kubernetes object: letters and digits, with
// hyphens, underscores and periods within, 63 characters at most. Empty is a value.
//
// +kubebuilder:validation:MaxLength=63
// +kubebuilder:validation:Pattern=`^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$`
type LabelValue string

// LocalReference names another object in the same namespace.
type LocalReference struct {
	// name is the name of the object.
	// +required
	Name ObjectName `json:"name,omitempty"`
}

// ConnectionKind is a kind of connections.
//
// +kubebuilder:validation:Enum=MLflowConnection;ClusterMLflowConnection
type ConnectionKind string

// The kinds of connections.
const (
	// ConnectionKindNamespaced is a connection in the namespace of the object that names it.
	ConnectionKindNamespaced ConnectionKind = "MLflowConnection"
	// ConnectionKindCluster is a connection that namespaces share.
	ConnectionKindCluster ConnectionKind = "ClusterMLflowConnection"
)

// ConnectionReference names a connection.
type ConnectionReference struct {
	// kind is MLflowConnection (default), in the same namespace, or
	// ClusterMLflowConnection, which must allow this namespace.
	// +optional
	// +default="MLflowConnection"
	Kind ConnectionKind `json:"kind,omitempty"`

	// name is the name of the connection.
	// +required
	Name ObjectName `json:"name,omitempty"`
}
