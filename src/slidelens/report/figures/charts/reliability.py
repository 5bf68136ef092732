"""Whether a probability means what it says: how often ground is landslide, by the probability that it was mapped with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slidelens.analysis.accuracy.reliability import reliability
from slidelens.report.figures.style import FigureWriter, date_lines, style_axes
from slidelens.report.results import MappedDate

_FEWEST_PIXELS = 50  # a share of fewer is chance


def draw_reliability(sheet: FigureWriter, dates: Sequence[MappedDate]) -> None:
    """Draw a line for each date that has landslides on its test blocks."""
    with sheet.figure("reliability", 8.5) as figure:
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8, label="where it is what it says")
        for mapped, line in zip(dates, date_lines(len(dates)), strict=True):
            landslide = mapped.labels[mapped.test] == 1
            if landslide.any():
                curve = reliability(landslide, mapped.probability[mapped.test])
                some = curve.pixels >= _FEWEST_PIXELS
                label = f"{mapped.date}, mean error {curve.error:.3f}"
                axes.plot(
                    curve.probability[some],
                    curve.frequency[some],
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
                "no landslides are known on the test blocks",
                transform=axes.transAxes,
                ha="center",
                color="0.35",
            )
