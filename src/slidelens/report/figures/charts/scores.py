"""Scores on the test blocks: precision–recall curves, and scores before and after fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from slidelens.analysis.accuracy.precision_recall import PrecisionRecall
from slidelens.intermediate.reading import read_numbers, refuse
from slidelens.report.figures.style import FigureWriter, panels, style_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SLOPED_AT_MOST = 12  # dates
_BEFORE, _AFTER = "#777777", "#0072B2"
_CURVES: dict[str, dict[str, Any]] = {
    "before": {"color": _BEFORE, "linewidth": 0.9, "linestyle": (0, (4, 2))},
    "after": {"color": _AFTER, "linewidth": 1.3},
}
_COLUMNS = 4
_SCORES = {"f1": "F1", "precision": "precision", "recall": "recall"}


def read_curves(path: Path) -> dict[str, PrecisionRecall]:
    """Read a date's precision–recall curves on the test blocks, before and after fine-tuning.

    Args:
        path: CSV file written by the stage `evaluate`, with the columns `weights` (before or
            after), `threshold`, `recall` and `precision`.

    Returns:
        The curves by `before` and `after`.
    """
    table = read_numbers(path, ("threshold", "recall", "precision"), text=("weights",))
    for name in ("before", "after"):
        if not (table.weights == name).any() and not table.empty:
            refuse(path, f"it has no rows of {name}")
    return {name: _curve(table[table.weights == name]) for name in ("before", "after")}


def _curve(rows: pd.DataFrame) -> PrecisionRecall:
    falling = rows.sort_values("threshold", ascending=False)
    return PrecisionRecall(
        *(falling[name].to_numpy(np.float64) for name in ("threshold", "precision", "recall"))
    )


def draw_precision_recall(
    writer: FigureWriter,
    curves: Mapping[str, Mapping[str, PrecisionRecall]],
    scores: Mapping[str, Any],
) -> None:
    """Draw a panel per date with both curves and dots at the thresholds in use.

    Args:
        writer: where the figure goes.
        curves: by date, the curves `before` and `after`.
        scores: by date, as in scores.json.
    """
    rows = -(-len(curves) // _COLUMNS)
    with writer.figure("precision_recall", 4.6 * rows + 1.0) as figure:
        all_axes = panels(figure, len(curves), _COLUMNS, sharex=True, sharey=True)
        for axes, (date, date_curves) in zip(all_axes, curves.items(), strict=True):
            _equal_f1(axes)
            _draw_curves(axes, date_curves, scores[date])
            axes.set(
                title=date,
                xlim=(0, 1),
                ylim=(0, 1.02),
                xticks=(0, 0.5, 1),
                yticks=(0, 0.5, 1),
                xlabel="recall",
            )
            axes.tick_params(labelbottom=True)
            style_axes(axes)
        figure.supylabel("precision on the test blocks", fontsize=8)
        markers = [all_axes[0].plot([], [], **style)[0] for style in _CURVES.values()]
        markers.append(all_axes[0].plot([], [], "o", color="0.4", markersize=4)[0])
        labels = [*(f"{name} fine-tuning" for name in _CURVES), "threshold in use"]
        figure.legend(markers, labels, loc="outside lower center", ncols=3, frameon=False)


def _draw_curves(
    axes: Axes, curves: Mapping[str, PrecisionRecall], scores: Mapping[str, Any]
) -> None:
    averages = []
    for name, style in _CURVES.items():
        curve, recall, precision = curves[name], scores[name]["recall"], scores[name]["precision"]
        if curve.average_precision is None:
            continue
        axes.plot(curve.recall, curve.precision, **style)
        averages.append(f"{name} {curve.average_precision:.2f}")
        if precision is not None:  # None if no pixel reaches the threshold
            axes.plot(
                recall,
                precision,
                "o",
                color=style["color"],
                markersize=4.5,
                markeredgecolor="white",
            )
    text = (
        "\n".join(["average precision", *averages])
        if averages
        else "no known landslides\nin the test blocks"
    )
    axes.text(0.04, 0.05, text, transform=axes.transAxes, fontsize=6.5, color="0.3", va="bottom")


def _equal_f1(axes: Axes) -> None:
    """Draw contours of equal F1 with their values at the right edge, where no curve runs."""
    for f1 in (0.4, 0.6, 0.8):
        recall = np.linspace(f1 / 2 + 0.005, 1, 100)
        axes.plot(recall, f1 * recall / (2 * recall - f1), color="0.8", linewidth=0.6)
        axes.annotate(
            f"{f1}",
            (1, f1 / (2 - f1)),
            xytext=(2, 0),
            textcoords="offset points",
            color="0.5",
            fontsize=5.5,
            va="center",
        )


def draw_scores(
    writer: FigureWriter, scores: Mapping[str, Mapping[str, float | None]], dates: Sequence[str]
) -> None:
    """Draw F1, precision and recall of each date before and after fine-tuning.

    Args:
        writer: where the figure goes.
        scores: as in metrics/f1.json.
        dates: labels of the dates.
    """
    with writer.figure("scores", 5.8) as figure:
        for axes, (name, label) in zip(
            figure.subplots(1, 3, sharey=True), _SCORES.items(), strict=True
        ):
            _draw_score(
                axes,
                [scores[f"{name}_before"][date] for date in dates],
                [scores[name][date] for date in dates],
            )
            _mean(axes, scores[name].get("mean"))
            axes.set(title=label, ylim=(0, 1.03), xlim=(-0.6, len(dates) - 0.4))
            axes.set_xticks(
                range(len(dates)),
                list(dates),
                rotation=_rotation(dates),
                fontsize=min(7.0, 130 / len(dates)),
                ha="center",
            )
            style_axes(axes)
        handles = [
            axes.plot([], [], "o", color=_BEFORE)[0],
            axes.plot([], [], "o", color=_AFTER)[0],
        ]
        handles.append(axes.plot([], [], color=_AFTER, linewidth=0.8, linestyle=(0, (4, 3)))[0])
        labels = ["before fine-tuning", "after", "mean after"]
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)


def _rotation(dates: Sequence[str]) -> int:
    """Return the angle in degrees at which the labels of a narrow panel do not overlap."""
    if len(dates) > _SLOPED_AT_MOST:
        return 90
    return 45 if max(map(len, dates)) * len(dates) > 34 else 0


def _draw_score(axes: Axes, before: Sequence[float | None], after: Sequence[float | None]) -> None:
    for place, (old, new) in enumerate(zip(before, after, strict=True)):
        if old is not None and new is not None:
            axes.plot([place, place], [old, new], color="0.75", linewidth=1.6, zorder=2)
        for value, colour in ((old, _BEFORE), (new, _AFTER)):
            if value is not None:
                axes.plot(place, value, "o", color=colour, markersize=4.5, zorder=3)
        if new is None:
            axes.text(
                place,
                0.03,
                "no score",
                rotation=90,
                ha="center",
                va="bottom",
                fontsize=6.5,
                color="0.45",
            )


def _mean(axes: Axes, mean: float | None) -> None:
    if mean is not None:
        axes.axhline(mean, color=_AFTER, linewidth=0.8, linestyle=(0, (4, 3)))
