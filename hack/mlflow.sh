#!/usr/bin/env bash
# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Usage: hack/mlflow.sh VERSION
# Leaves a virtual environment with that MLflow at .venv/mlflow-VERSION, made from
# hack/python/requirements-VERSION.txt. The environment keeps a copy of the list
# it was made from, written last: an interrupted run or an edited list makes
# it again, and anything else costs milliseconds. PYTHON chooses the interpreter.
set -euo pipefail

version="${1:?usage: hack/mlflow.sh VERSION}"
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
list="$root/hack/python/requirements-$version.txt"
venv="$root/.venv/mlflow-$version"
python="${PYTHON:-python3}"

die() { echo "mlflow: $*" >&2; exit 1; }

[[ -f "$list" ]] || die "no list of packages for $version: have $(cd "$root/hack/python" && echo requirements-*.txt)"
cmp -s "$list" "$venv/installed.txt" && exit 0

# scikit-learn, scipy and numpy of these lists have no wheels for older ones.
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "$python is too old: install Python 3.11 or later, or name one with PYTHON="

echo "mlflow: installing $version with $(grep -c == "$list") packages into .venv/mlflow-$version: some minutes, once" >&2
rm -rf "$venv"
"$python" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --prefer-binary -r "$list"
"$venv/bin/mlflow" --version >&2
cp "$list" "$venv/installed.txt"
