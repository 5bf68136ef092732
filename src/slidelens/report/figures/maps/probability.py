"""Maps of the landslide probability, one per date."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slidelens.report.figures.cartography import add_scale_bar_and_north, show_image
from slidelens.report.figures.style import FigureWriter, panel_height_cm, panels
from slidelens.report.results import DateResults


def draw_probabilities(writer: FigureWriter, dates: Sequence[DateResults]) -> None:
    """Draw the maps of all dates on one scale, grey outside the area and its valid pixels."""
    columns = min(max(len(dates), 2), 3 if len(dates) % 3 == 0 or len(dates) < 7 else 4)
    rows = -(-len(dates) // columns)
    with writer.figure(
        "probability", rows * (panel_height_cm(dates[0].grid, columns) + 0.8) + 1.6
    ) as figure:
        for axes, results in zip(panels(figure, len(dates), columns), dates, strict=True):
            values = np.where(results.inside, results.probability, np.nan)
            picture = show_image(axes, values, results.grid, cmap="viridis", vmin=0, vmax=1)
            axes.set_facecolor("0.85")
            axes.set_title(
                f"{results.date}, threshold {results.scores['after']['threshold']:.2f}",
                loc="left",
            )
        add_scale_bar_and_north(figure.axes[0], ink="0.1")
        bar = figure.colorbar(
            picture, ax=figure.axes, location="bottom", shrink=0.5, aspect=40, pad=0.01
        )
        bar.set_label("probability of landslide")
