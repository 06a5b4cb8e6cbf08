# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
"""Promotes models in a loop with MlflowClient, as many teams do in a pipeline or on a timer.

Usage: script.py PROMOTIONS [SECONDS], with MLFLOW_TRACKING_URI in the environment.

PROMOTIONS is a JSON file with a list of models. Each has an alias, the version for it, and
the metric that the run of this version must have. The script prints "ready" after its
imports. For each line that it reads, it processes the list once and prints "done". With
SECONDS it then repeats the list at this interval.
"""

import json
import sys
import time

from mlflow import MlflowClient


def gate_passed(client, version, gate):
    value = client.get_run(version.run_id).data.metrics.get(gate["metric"])
    return value is not None and value > gate["above"], value


def evidence(promotion, value):
    """Returns the evidence tag of a version, in the format of the operator."""
    gate = promotion["gate"]
    return json.dumps(
        {
            "promotion": promotion["id"],
            "generation": 1,
            "from": "",
            "gates": [
                {
                    "name": gate["metric"],
                    "result": "Passed",
                    "observed": str(value),
                    "expected": f"> {gate['above']}",
                }
            ],
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "digest": "0" * 64,
        },
        separators=(",", ":"),
    )


def ensure(client, promotion):
    """Makes one model as declared, which costs one request if it is already."""
    name, alias, wanted = promotion["model"], promotion["alias"], promotion["version"]
    model = client.get_registered_model(name)
    if model.tags.get(promotion["ownerTag"]) != promotion["owner"]:
        client.set_registered_model_tag(name, promotion["ownerTag"], promotion["owner"])
    if model.aliases.get(alias) == wanted:
        return
    version = client.get_model_version(name, wanted)
    passed, value = gate_passed(client, version, promotion["gate"])
    if not passed:
        print(f"{name}: version {wanted} is blocked: {promotion['gate']}, is {value}", file=sys.stderr)
        return
    client.set_model_version_tag(name, wanted, promotion["evidenceTag"], evidence(promotion, value))
    client.set_registered_model_alias(name, alias, wanted)


def process(client, promotions):
    for promotion in promotions:
        ensure(client, promotion)


def main():
    with open(sys.argv[1]) as file:
        promotions = json.load(file)
    client = MlflowClient()
    print("ready", flush=True)
    for _ in sys.stdin:
        started = time.monotonic()
        process(client, promotions)
        print("done", flush=True)
        while len(sys.argv) > 2:
            interval = float(sys.argv[2])
            time.sleep(interval - (time.monotonic() - started) % interval)
            process(client, promotions)


if __name__ == "__main__":
    main()
