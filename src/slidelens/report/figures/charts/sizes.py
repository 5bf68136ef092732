"""How many landslides are how large: the manual beside the predicted inventory, a diagram a date."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from slidelens.report.figures.style import MANUAL, FigureWriter, panels, style_axes
from slidelens.report.results import MappedDate

_COLUMNS = 4
_COLOURS = {
    "manual": MANUAL,
    "predicted": "#0072B2",
}  # a darker blue than on images: the paper is white


def draw_sizes_by_date(sheet: FigureWriter, dates: Sequence[MappedDate]) -> None:
    """Draw the number of landslides of at least each area, both axes logarithmic."""
    rows = -(-len(dates) // _COLUMNS)
    with sheet.figure("sizes", rows * 4.4 + 1.0) as figure:
        axes = panels(figure, len(dates), _COLUMNS, sharex=True, sharey=True)
        for one, mapped in zip(axes, dates, strict=True):
            for name, shapes in mapped.shapes.items():
                area_m2 = np.sort([shape.area for shape in shapes])
                one.step(
                    area_m2,
                    np.arange(len(area_m2), 0, -1),
                    where="pre",
                    color=_COLOURS[name],
                    linewidth=1.2,
                )
            one.set(
                xscale="log",
                yscale="log",
                xlim=_decades(dates),
                title=mapped.date,
                xlabel="area (m²)",
            )
            one.tick_params(labelbottom=True)
            style_axes(one)
        handles = [axes[0].plot([], [], color=colour)[0] for colour in _COLOURS.values()]
        figure.legend(handles, list(_COLOURS), loc="outside lower center", ncols=2, frameon=False)
        figure.supylabel("landslides of at least this area", fontsize=8)


def _decades(dates: Sequence[MappedDate]) -> tuple[float, float]:
    """Whole powers of ten around all areas, m²."""
    area_m2 = [
        shape.area for mapped in dates for shapes in mapped.shapes.values() for shape in shapes
    ] or [1000.0]
    return 10 ** math.floor(math.log10(min(area_m2))), 10 ** math.ceil(
        math.log10(max(area_m2)) + 1e-9
    )
