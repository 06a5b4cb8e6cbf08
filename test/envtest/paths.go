// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

package envtest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// RepositoryRoot returns the directory of this repository: the nearest one at or above the
// working directory that contains a go.mod.
func RepositoryRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	return findRoot(dir)
}

func findRoot(dir string) (string, error) {
	for current := dir; ; current = filepath.Dir(current) {
		if isFile(filepath.Join(current, "PROJECT")) {
			return current, nil
		}
		if current == filepath.Dir(current) {
			return "", fmt.Errorf("no PROJECT in %s or above", dir)
		}
	}
}

// findAssets returns the directory with the binaries of the control plane. If a directory is
// configured, there is no fallback to another one.
func findAssets(root, configured string) (string, error) {
	if configured != "" {
		if !hasAssets(configured) {
			return "", fmt.Errorf(
				"KUBEBUILDER_ASSETS=%s does not contain kube-apiserver and etcd: correct it, or unset it and run make envtest", configured)
		}
		return configured, nil
	}

	current := filepath.Join(root, "bin", "k8s", "current")
	if !hasAssets(current) {
		return "", errors.New("no kube-apiserver and etcd in bin/k8s/current: run make envtest")
	}
	return current, nil
}

func hasAssets(dir string) bool {
	return isFile(filepath.Join(dir, "kube-apiserver")) && isFile(filepath.Join(dir, "etcd"))
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
