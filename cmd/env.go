// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/neuronews/mlflow-registry-operator/internal/featureflags"
	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// loadDefaultConnection returns the connection for models without a connectionRef, from the
// environment variables of MLflow's own clients, or nil if MLFLOW_TRACKING_URI is not set.
func loadDefaultConnection(getenv func(string) string) (*mlflow.Config, error) {
	uri := getenv("MLFLOW_TRACKING_URI")
	if uri == "" {
		return nil, nil
	}
	config := &mlflow.Config{
		URL:       uri,
		Auth:      loadAuth(getenv),
		Workspace: getenv("MLFLOW_WORKSPACE"),
	}
	var err error
	if config.InsecureSkipVerify, err = parseBool(getenv, "MLFLOW_TRACKING_INSECURE_TLS"); err != nil {
		return nil, err
	}
	config.CABundle, err = loadCABundle(getenv("MLFLOW_TRACKING_SERVER_CERT_PATH"))
	return config, err
}

// loadAuth prefers a user name with its password to a token, as MLflow's clients do.
func loadAuth(getenv func(string) string) mlflow.Auth {
	username, password := getenv("MLFLOW_TRACKING_USERNAME"), getenv("MLFLOW_TRACKING_PASSWORD")
	if username != "" && password != "" {
		return mlflow.BasicAuth{Username: username, Password: password}
	}
	if token := getenv("MLFLOW_TRACKING_TOKEN"); token != "" {
		return mlflow.BearerAuth{Token: token}
	}
	return nil
}

// featureFlags returns the feature flags. An environment variable replaces a flag that is not
// given. A variable that is not a boolean stops the operator, even beside its flag: what it was
// meant to turn off is unknown.
func (o *options) featureFlags(getenv func(string) string) (featureflags.Flags, error) {
	writes, err := o.flagOrEnv(featureflags.ReadOnlyFlag, !o.readOnly, getenv, featureflags.ModelRegistryVariable)
	if err != nil {
		return featureflags.Flags{}, err
	}
	gates, err := o.flagOrEnv(featureflags.PerformanceGatesFlag, o.enforceGates, getenv, featureflags.PerformanceGatesVariable)
	return featureflags.Flags{ReadOnly: !writes, PerformanceGatesDisabled: !gates}, err
}

// flagOrEnv returns value, which is that of the flag or its default, unless only the variable is
// set.
func (o *options) flagOrEnv(name string, value bool, getenv func(string) string, variable string) (bool, error) {
	if getenv(variable) == "" {
		return value, nil
	}
	enabled, err := parseBool(getenv, variable)
	if o.isGiven(name) {
		return value, err
	}
	return enabled, err
}

// podNamespaceFile is the file in which a pod finds its namespace.
const podNamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// resolveOperatorNamespace returns the namespace that the operator runs in: the configured one,
// else that of its pod. It is empty if neither is known, as outside a cluster.
func resolveOperatorNamespace(getenv func(string) string, file string) (string, error) {
	if namespace := getenv("POD_NAMESPACE"); namespace != "" {
		return namespace, nil
	}
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the operator's own namespace, or set POD_NAMESPACE: %w", err)
	}
	return strings.TrimSpace(string(content)), nil
}

func parseBool(getenv func(string) string, name string) (bool, error) {
	value := getenv(name)
	if value == "" {
		return false, nil
	}
	parsed, err := strconv.ParseBool(value)
	if err != nil {
		return false, fmt.Errorf("%s must be true or false", name)
	}
	return parsed, nil
}

func loadCABundle(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	bundle, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read MLFLOW_TRACKING_SERVER_CERT_PATH: %w", err)
	}
	return bundle, nil
}
