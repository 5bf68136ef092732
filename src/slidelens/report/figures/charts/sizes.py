"""Size distribution of the manual and predicted landslides, one diagram per date."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from slidelens.report.figures.style import (
    MANUAL,
    FigureWriter,
    label_powers_of_ten,
    panels,
    style_axes,
)
from slidelens.report.results import DateResults

_COLUMNS = 4
_COLOURS = {"manual": MANUAL, "predicted": "#0072B2"}  # a darker blue than on images


def draw_sizes_by_date(writer: FigureWriter, dates: Sequence[DateResults]) -> None:
    """Draw the number of landslides of at least each area, on logarithmic axes."""
    rows, areas_m2 = -(-len(dates) // _COLUMNS), _areas_m2(dates)
    with writer.figure("sizes", rows * 4.4 + 1.0) as figure:
        panel_axes = panels(figure, len(dates), _COLUMNS, sharex=True, sharey=True)
        for axes, results in zip(panel_axes, dates, strict=True):
            for name, shapes in results.shapes.items():
                sorted_m2 = np.sort([shape.area for shape in shapes])
                axes.step(
                    sorted_m2,
                    np.arange(len(sorted_m2), 0, -1),
                    where="pre",
                    color=_COLOURS[name],
                    linewidth=1.2,
                )
            axes.set(
                xscale="log",
                yscale="log",
                xlim=_decades(areas_m2),
                title=results.date,
                xlabel="area (m²)",
            )
            label_powers_of_ten(axes)
            axes.tick_params(labelbottom=True)
            style_axes(axes)
        if not areas_m2:  # a logarithmic axis without data has no limits of its own
            panel_axes[0].set_ylim(1, 10)
        handles = [panel_axes[0].plot([], [], color=colour)[0] for colour in _COLOURS.values()]
        figure.legend(handles, list(_COLOURS), loc="outside lower center", ncols=2, frameon=False)
        figure.supylabel("landslides of at least this area", fontsize=8)


def _areas_m2(dates: Sequence[DateResults]) -> list[float]:
    return [
        shape.area for results in dates for shapes in results.shapes.values() for shape in shapes
    ]


def _decades(areas_m2: list[float]) -> tuple[float, float]:
    """Return the powers of ten that enclose all areas."""
    smallest, largest = min(areas_m2, default=1000.0), max(areas_m2, default=1000.0)
    return 10 ** math.floor(math.log10(smallest)), 10 ** math.ceil(math.log10(largest) + 1e-9)
