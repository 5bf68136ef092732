"""Scores on the test blocks: precision–recall curves, and each date before and after fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from slidelens.analysis.precision_recall import PrecisionRecall, precision_recall
from slidelens.report.furniture import Sheet, date_lines, plain
from slidelens.report.mapped import MappedDate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BEFORE, _AFTER = "#999999", "#0072B2"
_SCORES = {"f1": "F1", "precision": "precision", "recall": "recall"}


def curve_of(mapped: MappedDate) -> PrecisionRecall:
    """The date's curve on its test blocks."""
    return precision_recall(mapped.labels[mapped.test] == 1, mapped.probability[mapped.test])


def draw_precision_recall(sheet: Sheet, curves: Mapping[str, PrecisionRecall], scores: Mapping[str, Any]) -> None:
    """Draw the curves of the dates that have one, with a dot at the threshold in use. scores: by date, those of the test blocks"""
    with sheet.figure("precision_recall", 8.5) as figure:
        axes = figure.add_subplot()
        _equal_f1(axes)
        for (date, curve), line in zip(curves.items(), date_lines(len(curves)), strict=True):
            if curve.average_precision is not None:
                axes.plot(
                    curve.recall, curve.precision, linewidth=1.2, label=f"{date}, average precision {curve.average_precision:.2f}", **line
                )
                axes.plot(
                    scores[date]["recall"], scores[date]["precision"], "o", color=line["color"], markersize=4.5, markeredgecolor="white"
                )
        if all(curve.average_precision is None for curve in curves.values()):
            axes.text(0.5, 0.5, "no landslides are known on the test blocks", transform=axes.transAxes, ha="center", color="0.35")
        axes.set(xlabel="recall on the test blocks", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
        plain(axes)
        axes.plot([], [], "o", color="0.4", markersize=4, label="threshold in use")
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)


def _equal_f1(axes: Axes) -> None:
    """Thin lines of equal F1."""
    for f1 in (0.4, 0.6, 0.8):
        recall = np.linspace(f1 / 2 + 0.005, 1, 100)
        axes.plot(recall, f1 * recall / (2 * recall - f1), color="0.8", linewidth=0.6)
        axes.annotate(f"F1 {f1}", (1, f1 / (2 - f1)), xytext=(-2, 2), textcoords="offset points", color="0.5", fontsize=6, ha="right")


def draw_scores(sheet: Sheet, scores: Mapping[str, Mapping[str, float | None]], dates: Sequence[str]) -> None:
    """Draw F1, precision and recall of each date before and after fine-tuning. scores: as in metrics/f1.json"""
    with sheet.figure("scores", 5.8) as figure:
        for axes, (name, label) in zip(figure.subplots(1, 3, sharey=True), _SCORES.items(), strict=True):
            _draw_score(axes, [scores[f"{name}_before"][date] for date in dates], [scores[name][date] for date in dates])
            _mean(axes, scores[name].get("mean"))
            axes.set(title=label, ylim=(0, 1.03), xlim=(-0.6, len(dates) - 0.4))
            axes.set_xticks(range(len(dates)), list(dates), rotation=45 if max(map(len, dates)) * len(dates) > 34 else 0, ha="center")
            plain(axes)
        handles = [axes.plot([], [], "o", color=_BEFORE)[0], axes.plot([], [], "o", color=_AFTER)[0]]
        handles.append(axes.plot([], [], color=_AFTER, linewidth=0.8, linestyle=(0, (4, 3)))[0])
        labels = ["before fine-tuning", "after", "mean after"]
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)


def _draw_score(axes: Axes, before: Sequence[float | None], after: Sequence[float | None]) -> None:
    for place, (old, new) in enumerate(zip(before, after, strict=True)):
        if old is not None and new is not None:
            axes.plot([place, place], [old, new], color="0.75", linewidth=1.6, zorder=2)
        for value, colour in ((old, _BEFORE), (new, _AFTER)):
            if value is not None:
                axes.plot(place, value, "o", color=colour, markersize=4.5, zorder=3)
        if new is None:
            axes.text(place, 0.03, "no score", rotation=90, ha="center", va="bottom", fontsize=6.5, color="0.45")


def _mean(axes: Axes, mean: float | None) -> None:
    if mean is not None:
        axes.axhline(mean, color=_AFTER, linewidth=0.8, linestyle=(0, (4, 3)))
