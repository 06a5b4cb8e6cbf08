// Copyright The mlflow-registry-operator Authors.
// SPDX-License-Identifier: Apache-2.0

// Command golangci is golangci-lint plus the linters that only Kubernetes
// projects need: kube-api-linter for api/, and logcheck for structured logs.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/golangci/golangci-lint/v2/pkg/commands"
	"github.com/golangci/golangci-lint/v2/pkg/exitcodes"

	// A plugin registers itself when it is imported.
	_ "sigs.k8s.io/kube-api-linter"
	_ "sigs.k8s.io/logtools/logcheck/gclplugin"
)

const linter = "github.com/golangci/golangci-lint/v2"

func main() {
	if err := commands.Execute(buildInfo()); err != nil {
		fmt.Fprintf(os.Stderr, "golangci: %v\n", err)
		os.Exit(exitcodes.Failure)
	}
}

// buildInfo names the pinned golangci-lint, whose cache is keyed by it.
func buildInfo() commands.BuildInfo {
	built := commands.BuildInfo{Version: "(unknown)"}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return built
	}

	built.GoVersion = info.GoVersion
	for _, module := range info.Deps {
		if module.Path == linter {
			built.Version = module.Version
		}
	}

	return built
}
