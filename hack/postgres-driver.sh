#!/usr/bin/env bash
# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Leaves the driver with which MLflow reaches PostgreSQL in a directory of its own, for
# PYTHONPATH, and prints which. The benchmark alone needs it, so that it is not in the
# virtual environment; that one's interpreter chooses the build.
set -euo pipefail

version=2.9.11
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
python="${MLFLOW_VENV_DIR:-$root/.venv}/mlflow-3.17.2/bin/python"
target="$root/.bench/psycopg2-$version"

if [[ ! -f "$target/installed" ]]; then
  echo "postgres-driver: installing psycopg2-binary $version into .bench" >&2
  rm -rf "$target"
  "$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --target "$target" "psycopg2-binary==$version" >&2
  touch "$target/installed"
fi
printf %s "$target"
