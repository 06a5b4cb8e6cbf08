#!/usr/bin/env bash
# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Checks that generated files are what `make generate` writes, that every go.mod
# is tidy, that no refused word is used, that the linters find nothing, and that
# every manifest renders. It compares the work tree with itself before and after,
# not with the last commit, so that it also works in the middle of a change.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The other modules are separate so that no dependency of a tool or of these tests becomes the operator's.
modules=(. hack/envtest hack/golangci hack/tools test/alerts test/bench)
overlays=(config/default config/samples config/samples/neuronews config/samples/shared config/prometheus config/network-policy)
index="$(mktemp)"
trap 'rm -f "$index"' EXIT

step() { echo "verify: $*" >&2; }

# A tree object of all that is tracked or could be, without touching the index.
snapshot() {
  cp "$(git rev-parse --git-path index)" "$index"
  GIT_INDEX_FILE="$index" git add --all .
  GIT_INDEX_FILE="$index" git write-tree
}

before="$(snapshot)"

step "generated files"
make --no-print-directory generate
git --no-pager diff --exit-code --stat "$before" "$(snapshot)" || { step "the files above were not what make generate makes: commit them"; exit 1; }

for module in "${modules[@]}"; do
  step "go.mod of $module"
  go -C "$module" mod tidy -diff || { step "run: go -C $module mod tidy"; exit 1; }
done

step "words"
go run ./hack/words || { step "use the words of docs/concepts/glossary.md"; exit 1; }

step "linters"
make --no-print-directory lint

for overlay in "${overlays[@]}"; do
  step "manifests of $overlay"
  bin/kustomize build "$overlay" >/dev/null
done

git --no-pager diff --exit-code --stat "$before" "$(snapshot)" || { step "verifying changed the files above"; exit 1; }
step "all is as it should be"
