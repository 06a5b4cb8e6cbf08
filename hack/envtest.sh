#!/usr/bin/env bash
# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Leaves a kube-apiserver and an etcd at bin/k8s/current and prints that path.
# The first source that has them wins: $KUBEBUILDER_ASSETS, an earlier run,
# setup-envtest's download, and a build from the Go modules in hack/envtest,
# which needs nothing but a module proxy. All chatter goes to stderr, so that
# KUBEBUILDER_ASSETS="$(hack/envtest.sh)" works.
#
# ENVTEST_DOWNLOAD_TIMEOUT=0 skips the download.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# One place decides the version: the module that the build is made from.
version="$(awk '$1 == "k8s.io/kubernetes" && $2 ~ /^v/ { print $2 }' "$root/hack/envtest/go.mod")"
release="${version#v}"
platform="$(go env GOOS)-$(go env GOARCH)"
shelf="$root/bin/k8s"
# 15s: several times what the download's index takes where there is a network,
# and short enough that a machine without one hardly notices.
patience="${ENVTEST_DOWNLOAD_TIMEOUT:-15}"

say() { echo "envtest: $*" >&2; }

complete() { [[ -x "$1/kube-apiserver" && -x "$1/etcd" ]]; }

# The fixed path is what Go tests and editors find without an environment.
publish() {
  local assets
  assets="$(cd "$1" && pwd -P)"
  mkdir -p "$shelf"
  if [[ "$(readlink "$shelf/current" || true)" != "$assets" ]]; then
    ln -sfn "$assets" "$shelf/current"
  fi
  echo "$shelf/current"
}

installed() {
  local dir
  for dir in "$shelf/$release-$platform" "$shelf/${release%.*}."*"-$platform"; do
    if complete "$dir"; then
      echo "$dir"
      return
    fi
  done
  return 1
}

# macOS has no timeout(1); there a dead network costs what the tool itself takes.
bounded() {
  if command -v timeout >/dev/null; then timeout "$@"; else shift && "$@"; fi
}

# Only the index gets the short deadline: the archive behind it is some 100 MB.
download() {
  local setup="$root/bin/setup-envtest" found
  [[ "$patience" != 0 && -x "$setup" ]] || return 1
  bounded "$patience" "$setup" --bin-dir "$root/bin" list "${release%.*}.x" >/dev/null 2>&1 || return 1
  found="$(bounded 300 "$setup" --bin-dir "$root/bin" use "${release%.*}.x" -p path 2>/dev/null)" || return 1
  complete "$found" && echo "$found"
}

# compile OUTPUT LDFLAGS PACKAGE: the compiler's list of packages becomes one
# line per 250 of them; anything else it says is an error and passes through.
compile() {
  CGO_ENABLED=0 go -C "$root/hack/envtest" build -v -trimpath -ldflags "$2" -o "$1" "$3" 2>&1 | awk '
    /^go: downloading / { next }
    /^[^: ]+$/ { if (++n % 250 == 0) { print "envtest:   " n " packages compiled"; fflush() }; next }
    { print }' >&2
}

# Without these flags an API server calls itself v0.0.0-master. Binaries are
# built beside their place and renamed, so that an interrupted run leaves
# nothing that looks finished.
build() {
  local stamp=k8s.io/component-base/version minor="${release#*.}" place="$shelf/$release-$platform"
  part="$shelf/.build.$$"
  trap 'rm -rf "$part"' EXIT
  mkdir -p "$part" "$place"
  say "building etcd (1 of 2)"
  compile "$part/etcd" "-s -w" go.etcd.io/etcd/server/v3
  say "building kube-apiserver $version (2 of 2): some 5 minutes on two cores, once"
  compile "$part/kube-apiserver" "-s -w -X $stamp.gitVersion=$version -X $stamp.gitMajor=${release%%.*} -X $stamp.gitMinor=${minor%%.*}" \
    k8s.io/kubernetes/cmd/kube-apiserver
  mv -f "$part/etcd" "$part/kube-apiserver" "$place/"
  say "built $place"
}

if [[ -n "${KUBEBUILDER_ASSETS:-}" ]]; then
  complete "$KUBEBUILDER_ASSETS" || { say "KUBEBUILDER_ASSETS=$KUBEBUILDER_ASSETS holds no kube-apiserver and etcd; correct it or unset it"; exit 1; }
  publish "$KUBEBUILDER_ASSETS"
elif found="$(installed)"; then
  publish "$found"
elif found="$(download)"; then
  publish "$found"
else
  say "Kubernetes ${release%.*} cannot be downloaded here; building it from its Go modules"
  build
  publish "$shelf/$release-$platform"
fi
