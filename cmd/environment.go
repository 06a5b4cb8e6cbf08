// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/neuronews/mlflow-registry-operator/internal/mlflow"
)

// defaultConnection is the connection of models without a connectionRef, from the
// variables that MLflow's own clients read; nil when MLFLOW_TRACKING_URI is not set.
func defaultConnection(getenv func(string) string) (*mlflow.Config, error) {
	uri := getenv("MLFLOW_TRACKING_URI")
	if uri == "" {
		return nil, nil
	}
	config := &mlflow.Config{
		URL:       uri,
		Auth:      authFrom(getenv),
		Workspace: getenv("MLFLOW_WORKSPACE"),
	}
	var err error
	if config.InsecureSkipVerify, err = boolFrom(getenv, "MLFLOW_TRACKING_INSECURE_TLS"); err != nil {
		return nil, err
	}
	config.CABundle, err = bundleFrom(getenv("MLFLOW_TRACKING_SERVER_CERT_PATH"))
	return config, err
}

// authFrom prefers a user name with its password to a token, as MLflow's clients do.
func authFrom(getenv func(string) string) mlflow.Auth {
	username, password := getenv("MLFLOW_TRACKING_USERNAME"), getenv("MLFLOW_TRACKING_PASSWORD")
	if username != "" && password != "" {
		return mlflow.BasicAuth{Username: username, Password: password}
	}
	if token := getenv("MLFLOW_TRACKING_TOKEN"); token != "" {
		return mlflow.BearerAuth{Token: token}
	}
	return nil
}

func boolFrom(getenv func(string) string, name string) (bool, error) {
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

func bundleFrom(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	bundle, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read MLFLOW_TRACKING_SERVER_CERT_PATH: %w", err)
	}
	return bundle, nil
}
