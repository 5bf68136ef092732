"""Reliability diagram: frequency of landslide against predicted probability."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slidelens.analysis.accuracy.reliability import reliability
from slidelens.report.figures.style import FigureWriter, date_lines, style_axes
from slidelens.report.results import DateResults

_MIN_PIXELS = 50  # classes with fewer pixels are not drawn


def draw_reliability(writer: FigureWriter, dates: Sequence[DateResults]) -> None:
    """Draw a line for each date with landslides in its test blocks."""
    with writer.figure("reliability", 8.5) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8, label="perfectly calibrated")
        for results, line in zip(dates, date_lines(len(dates)), strict=True):
            curve = results.reliability or reliability(
                results.labels[results.test_mask] == 1, results.probability[results.test_mask]
            )
            if curve.frequency.any():
                reliable = curve.pixels >= _MIN_PIXELS
                label = f"{results.date}, mean error {curve.error:.3f}"
                axes.plot(
                    curve.probability[reliable],
                    curve.frequency[reliable],
                    marker="o",
                    markersize=3,
                    linewidth=1.2,
                    label=label,
                    **line,
                )
        axes.set(
            xlabel="probability on the test blocks",
            ylabel="share that is landslide",
            xlim=(0, 1),
            ylim=(0, 1),
            aspect="equal",
        )
        axes.set(xticks=np.linspace(0, 1, 6), yticks=np.linspace(0, 1, 6))
        style_axes(axes)
        if len(axes.lines) > 1:
            axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False)
        else:
            axes.text(
                0.5,
                0.5,
                "no known landslides in the test blocks",
                transform=axes.transAxes,
                ha="center",
                color="0.35",
            )
