# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
"""Loads a model by its URI, as a service does, and predicts a few digits.

Usage: load.py URI, with MLFLOW_TRACKING_URI in the environment.
"""

import sys

import mlflow
from sklearn.datasets import load_digits

if __name__ == "__main__":
    images, digits = load_digits(return_X_y=True)
    model = mlflow.pyfunc.load_model(sys.argv[1])
    print(f"{sys.argv[1]} of run {model.metadata.run_id}", flush=True)
    print(f"takes {digits[:10].tolist()} for {model.predict(images[:10]).tolist()}", flush=True)
