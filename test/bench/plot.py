# Copyright The mlflow-registry-operator Authors.
# SPDX-License-Identifier: Apache-2.0
"""Draws the plots of the report.

Usage: plot.py RESULTS DIRECTORY. The same results give the same bytes.
"""

import collections
import json
import os
import statistics
import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "mlflow-registry-operator"
matplotlib.rcParams["font.size"] = 9

import matplotlib.pyplot as plt  # noqa: E402 - after the backend is selected
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter  # noqa: E402

COLOURS = {"operator": "#1f6feb", "script": "#9a6700", "per-object": "#8250df", "limit": "#57606a"}


def convergence_times(samples):
    """Returns the medians by server, subject and size."""
    collected = collections.defaultdict(list)
    for sample in samples:
        if sample["measure"] == "convergence" and sample["quantity"] == "time":
            workers = sample["workers"]
            server = f"{sample['database']}, {workers} worker{'s' if workers > 1 else ''}"
            collected[server, sample["subject"], sample["models"]] += sample["values"]
    servers = collections.defaultdict(lambda: collections.defaultdict(dict))
    for (server, subject, models), values in sorted(collected.items()):
        servers[server][subject][models] = statistics.median(values)
    return servers


def axes_for(servers):
    size = (max(6, 4.2 * len(servers)), 3.6)
    figure, axes = plt.subplots(1, len(servers), figsize=size, squeeze=False, sharey=True, layout="constrained")
    for axis, server in zip(axes[0], servers):
        axis.set_title(server)
        axis.grid(axis="y", alpha=0.3)
    return figure, axes[0]


def label_plainly(axis):
    """Labels an axis with 1, 10, 100 and not with powers."""
    axis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def draw_growth(servers):
    figure, axes = axes_for(servers)
    for axis, subjects in zip(axes, servers.values()):
        for subject, colour in COLOURS.items():
            points = subjects.get(subject, {})
            axis.loglog(list(points), list(points.values()), marker="o", color=colour, label=subject)
        label_plainly(axis.xaxis)
        label_plainly(axis.yaxis)
        axis.set_xlabel("models")
    axes[0].set_ylabel("seconds to converge")
    return figure


def draw_bars(servers):
    """Draws the time of each subject, relative to the limit."""
    figure, axes = axes_for(servers)
    width = 0.2
    for axis, subjects in zip(axes, servers.values()):
        least = subjects.get("limit", {})
        sizes = sorted(least)
        for position, (subject, colour) in enumerate(COLOURS.items()):
            points = subjects.get(subject, {})
            for i, models in enumerate(sizes):
                if models not in points:
                    continue
                ratio = points[models] / least[models]
                bar = axis.bar(i + (position - 1.5) * width, ratio, width, color=colour, label=subject if i == 0 else None)
                axis.bar_label(bar, [f"{points[models]:.3g} s"], fontsize=7)
        axis.set_xticks(range(len(sizes)), [f"{models} models" for models in sizes])
    axes[0].set_ylabel("time to converge, relative to the limit")
    return figure


def main():
    with open(sys.argv[1]) as file:
        servers = convergence_times(json.load(file)["samples"])
    if not servers:
        return
    for name, draw in {"growth": draw_growth, "convergence": draw_bars}.items():
        figure = draw(servers)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=len(COLOURS), frameon=False)
        figure.savefig(os.path.join(sys.argv[2], f"{name}.svg"), metadata={"Date": None})


if __name__ == "__main__":
    main()
