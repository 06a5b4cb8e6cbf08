# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
"""Promotes models as many teams do: a loop with MlflowClient, run by a pipeline or a timer.

Usage: script.py PROMOTIONS [SECONDS], with MLFLOW_TRACKING_URI in the environment.

PROMOTIONS is a JSON file: a list of models, each with the version that should hold an
alias, and the metric that the version's run must show for it. The script says "ready" when
it has loaded, goes once through the list for each line that it reads, and says "done".
With SECONDS it then goes through the list again and again, that often.
"""

import json
import sys
import time

from mlflow import MlflowClient


def gate_passed(client, version, gate):
    value = client.get_run(version.run_id).data.metrics.get(gate["metric"])
    return value is not None and value > gate["above"], value


def evidence(promotion, value):
    """What an auditor finds on the version, in the form of the operator's own."""
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
    """Makes one model as wanted. Where it is already, that costs one request."""
    name, alias, wanted = promotion["model"], promotion["alias"], promotion["version"]
    model = client.get_registered_model(name)
    if model.tags.get(promotion["ownerTag"]) != promotion["owner"]:
        client.set_registered_model_tag(name, promotion["ownerTag"], promotion["owner"])
    if model.aliases.get(alias) == wanted:
        return
    version = client.get_model_version(name, wanted)
    passed, value = gate_passed(client, version, promotion["gate"])
    if not passed:
        print(f"{name}: version {wanted} is refused: {promotion['gate']}, is {value}", file=sys.stderr)
        return
    client.set_model_version_tag(name, wanted, promotion["evidenceTag"], evidence(promotion, value))
    client.set_registered_model_alias(name, alias, wanted)


def go_through(client, promotions):
    for promotion in promotions:
        ensure(client, promotion)


def main():
    with open(sys.argv[1]) as file:
        promotions = json.load(file)
    client = MlflowClient()
    print("ready", flush=True)
    for _ in sys.stdin:
        began = time.monotonic()
        go_through(client, promotions)
        print("done", flush=True)
        while len(sys.argv) > 2:
            period = float(sys.argv[2])
            time.sleep(period - (time.monotonic() - began) % period)
            go_through(client, promotions)


if __name__ == "__main__":
    main()
