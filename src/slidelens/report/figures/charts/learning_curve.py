"""Learning curves: F1 against the number of training landslides of each date."""

from __future__ import annotations

import re

import pandas as pd

from slidelens.report.figures.style import FigureWriter, style_axes

_STARTS = {
    "pretrained": ("from the pretrained network", "#0072B2", "o"),
    "scratch": ("from random weights", "#D55E00", "s"),
}
_LABEL = re.compile(rf"({'|'.join(_STARTS)})(?:-(\d+)-landslides)?")
_ALL = float("inf")


def learning_curves(ablations: pd.DataFrame) -> dict[str, pd.Series[float]]:
    """Return F1 by number of training landslides for each start that was run.

    Args:
        ablations: rows of metrics/experiments/ablations.csv.

    Returns:
        By start (`pretrained`, `scratch`): F1 indexed by number of landslides, infinity for all.
    """
    scores: dict[str, dict[float, float]] = {}
    for label, f1 in zip(ablations.get("experiment", []), ablations.get("f1", []), strict=True):
        if (match := _LABEL.fullmatch(str(label))) and pd.notna(f1):
            scores.setdefault(match[1], {})[float(match[2] or _ALL)] = float(f1)
    return {start: pd.Series(scores[start]).sort_index() for start in _STARTS if start in scores}


def draw_learning_curves(writer: FigureWriter, ablations: pd.DataFrame, note: str) -> None:
    """Draw a curve for each start; no figure with fewer than two numbers of landslides.

    Args:
        writer: where the figure goes.
        ablations: rows of metrics/experiments/ablations.csv.
        note: how the experiments were run; the figure's title.
    """
    curves = learning_curves(ablations)
    numbers = sorted({number for curve in curves.values() for number in curve.index})
    if len(numbers) < 2:
        return
    positions = {number: position for position, number in enumerate(numbers)}
    with writer.figure("landslides", 6.5) as figure:
        axes = figure.add_subplot()
        for start, curve in curves.items():
            label, colour, marker = _STARTS[start]
            axes.plot(
                [positions[number] for number in curve.index],
                curve,
                color=colour,
                marker=marker,
                markersize=5,
                label=label,
            )
        if "f1_before" in ablations and ablations["f1_before"].notna().any():
            before = float(ablations["f1_before"].dropna().iloc[0])
            axes.axhline(
                before,
                color="0.5",
                linewidth=0.9,
                linestyle=(0, (4, 3)),
                label="pretrained network, not fine-tuned",
            )
        axes.set_xticks(
            range(len(numbers)),
            ["all" if number == _ALL else f"{number:.0f}" for number in numbers],
        )
        axes.set(
            xlabel="training landslides per date",
            ylabel="mean F1 on the test blocks",
            ylim=(0, 1),
        )
        axes.set_title(note, loc="left", fontsize=7)
        style_axes(axes)
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
