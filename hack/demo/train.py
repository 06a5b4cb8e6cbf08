# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
"""Trains a classifier, logs it to MLflow and registers it as a version of a model.

Usage: train.py MODEL RECIPE [RECIPE ...], or train.py --log-only RECIPE [RECIPE ...] to
register nothing; with MLFLOW_TRACKING_URI in the environment. The data are the handwritten
digits of scikit-learn. All seeds are fixed, so each recipe has the same scores on every run.
"""

import sys

import mlflow
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split

SEED = 7

RECIPES = {
    "good": {"n_estimators": 10, "max_depth": 6},
    "hasty": {"n_estimators": 3, "max_depth": 2},
    "worse": {"n_estimators": 8, "max_depth": 5},
    "better": {"n_estimators": 100, "max_depth": None},
    "tuned": {"n_estimators": 150, "max_depth": 16},
}


def split():
    features, labels = load_digits(return_X_y=True)
    return train_test_split(features, labels, test_size=0.3, random_state=SEED, stratify=labels)


def scores(classifier, features, labels):
    predicted = classifier.predict(features)
    return {
        "accuracy": accuracy_score(labels, predicted),
        "f1_score": f1_score(labels, predicted, average="macro"),
    }


def log(parameters, classifier, measured):
    """Logs a run with its model, and the metrics of the model."""
    with mlflow.start_run():
        mlflow.log_params(parameters)
        logged = mlflow.sklearn.log_model(
            classifier,
            name="model",
            # Without requirements, MLflow loads the model in another process to infer them.
            pip_requirements=["scikit-learn"],
            # MLflow saves only trusted types. This one is part of scikit-learn.
            skops_trusted_types=["sklearn.tree._tree.Tree"],
        )
        mlflow.log_metrics(measured, model_id=logged.model_id)
    return logged


def train(recipe):
    train_features, test_features, train_labels, test_labels = split()
    print(f"training a {recipe} random forest: {RECIPES[recipe]}", flush=True)
    classifier = RandomForestClassifier(random_state=SEED, **RECIPES[recipe]).fit(train_features, train_labels)
    measured = scores(classifier, test_features, test_labels)
    return log(RECIPES[recipe], classifier, measured), measured


def print_scores(done, measured):
    print(f"{done}: accuracy {measured['accuracy']:.4f}, f1_score {measured['f1_score']:.4f}", flush=True)


if __name__ == "__main__":
    mlflow.set_experiment("news-sentiment")
    for name in sys.argv[2:]:
        logged, measured = train(name)
        if sys.argv[1] == "--log-only":
            print_scores(f"logged as run {logged.run_id}", measured)
            continue
        version = mlflow.register_model(logged.model_uri, sys.argv[1], tags={"validated": "true"})
        print_scores(f"registered as version {version.version}", measured)
