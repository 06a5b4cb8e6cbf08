# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
"""Fills a database with the registry of the benchmark.

Usage: fill.py DATABASE_URI ARTIFACT_ROOT MODELS

MLflow creates the schema. The rows are inserted past its API, because 10 000 models with
their versions would take an hour through it. Every model has

- 10 versions, and three aliases that the benchmark does not move;
- 5 tags, and 5 tags on each version;
- a run with 20 metrics for each of the three newest versions, which are the ones that the
  benchmark reads. The runs of older versions do not exist, as in a registry whose
  experiments are cleaned up.

Ten models share an experiment.
"""

import itertools
import sys
import zlib

from mlflow.store.db.base_sql_model import Base
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore

VERSIONS = 10
RUNS = (8, 9, 10)
ALIASES = {"baseline": 1, "previous": 6, "shadow": 7}
METRICS = ["f1", "accuracy", "precision", "recall"] + [f"metric_{i:02d}" for i in range(16)]
MODELS_PER_EXPERIMENT = 10
# 1 January 2026, in milliseconds. Each row is a little younger than the one before.
EPOCH = 1767225600000
BATCH = 5000


def model_name(i):
    return f"model-{i:05d}"


def run_id(i, version):
    return f"{i:016x}{version:016x}"


def experiment_of(i):
    return 1 + (i - 1) // MODELS_PER_EXPERIMENT


def value_of(i, version, metric):
    """Returns a value between 0.6 and 0.99 that is the same on every machine."""
    return 0.6 + zlib.crc32(f"{i}/{version}/{metric}".encode()) % 390 / 1000


def experiments(models, root):
    for number in range(1, experiment_of(models) + 1):
        yield {
            "experiment_id": number,
            "name": f"experiment-{number:05d}",
            "artifact_location": f"{root}/{number}",
            "lifecycle_stage": "active",
            "creation_time": EPOCH + number,
            "last_update_time": EPOCH + number,
        }


def runs(models, root):
    for i, version in itertools.product(range(1, models + 1), RUNS):
        run = run_id(i, version)
        yield {
            "run_uuid": run,
            "name": f"train-{i}-{version}",
            "source_type": "LOCAL",
            "user_id": "trainer",
            "status": "FINISHED",
            "start_time": EPOCH + i,
            "end_time": EPOCH + i + 1000,
            "lifecycle_stage": "active",
            "artifact_uri": f"{root}/{experiment_of(i)}/{run}/artifacts",
            "experiment_id": experiment_of(i),
        }


def metrics(models):
    for i, version, key in itertools.product(range(1, models + 1), RUNS, METRICS):
        yield {
            "key": key,
            "value": value_of(i, version, key),
            "timestamp": EPOCH + i,
            "step": 0,
            "is_nan": False,
            "run_uuid": run_id(i, version),
        }


def registered_models(models):
    for i in range(1, models + 1):
        yield {
            "name": model_name(i),
            "creation_time": EPOCH + i,
            "last_updated_time": EPOCH + i + VERSIONS,
            "description": f"The purpose of model {i}, in a sentence of a usual length for them.",
        }


def model_tags(models):
    for i in range(1, models + 1):
        for key, value in {
            "owner": f"team-{i % 20:02d}",
            "use_case": "benchmark",
            "domain": "news",
            "algorithm": "random_forest",
            "framework": "sklearn",
        }.items():
            yield {"name": model_name(i), "key": key, "value": value}


def aliases(models):
    for i in range(1, models + 1):
        for alias, version in ALIASES.items():
            yield {"name": model_name(i), "alias": alias, "version": version}


def versions(models):
    for i, version in itertools.product(range(1, models + 1), range(1, VERSIONS + 1)):
        run = run_id(i, version)
        yield {
            "name": model_name(i),
            "version": version,
            "creation_time": EPOCH + i + version,
            "last_updated_time": EPOCH + i + version,
            "description": "",
            "user_id": "trainer",
            "current_stage": "None",
            "source": f"runs:/{run}/model",
            "storage_location": f"runs:/{run}/model",
            "run_id": run,
            "status": "READY",
        }


def version_tags(models):
    for i, version in itertools.product(range(1, models + 1), range(1, VERSIONS + 1)):
        for key, value in {
            "validated": "true",
            "dataset": f"news-{version}",
            "commit": f"{i * VERSIONS + version:040x}",
            "trained_by": "trainer",
            "language": "en",
        }.items():
            yield {"name": model_name(i), "version": version, "key": key, "value": value}


def insert(connection, table, rows):
    statement = Base.metadata.tables[table].insert()
    rows = iter(rows)
    while batch := list(itertools.islice(rows, BATCH)):
        connection.execute(statement, batch)


def fill(engine, root, models):
    with engine.begin() as connection:
        insert(connection, "experiments", experiments(models, root))
        insert(connection, "runs", runs(models, root))
        insert(connection, "metrics", metrics(models))
        insert(connection, "latest_metrics", metrics(models))
        insert(connection, "registered_models", registered_models(models))
        insert(connection, "registered_model_tags", model_tags(models))
        insert(connection, "model_versions", versions(models))
        insert(connection, "model_version_tags", version_tags(models))
        insert(connection, "registered_model_aliases", aliases(models))


def main():
    uri, root, models = sys.argv[1], sys.argv[2], int(sys.argv[3])
    # The two stores create the schema and the default experiment.
    store = TrackingStore(uri, root)
    RegistryStore(uri)
    fill(store.engine, root, models)


if __name__ == "__main__":
    main()
