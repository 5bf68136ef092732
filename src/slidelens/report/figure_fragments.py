"""Figure 5: the manual landslides that are predicted in the most pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from slidelens.analysis.agreement import fragmentation_of
from slidelens.analysis.overlaps import overlaps, shapes_of
from slidelens.report.furniture import MANUAL, PREDICTED, Sheet, draw_outlines, furnish, panels, show_image
from slidelens.report.mapped import MappedDate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_CASES = 6
_COLUMNS = 3


@dataclass(frozen=True)
class Fragmented:
    """A manual landslide that is predicted in several pieces."""

    mapped: MappedDate
    outline: shapely.Polygon | shapely.MultiPolygon
    pieces: int


def worst_fragmented(dates: Sequence[MappedDate], most: int = _MOST_CASES) -> list[Fragmented]:
    """The manual landslides in two pieces or more, those in most pieces first, then the largest; one for each place on the ground."""
    found = sorted((case for mapped in dates for case in _fragmented(mapped)), key=lambda case: (-case.pieces, -case.outline.area))
    chosen: list[Fragmented] = []
    for case in found:
        if len(chosen) < most and not any(case.outline.intersects(other.outline) for other in chosen):
            chosen.append(case)
    return chosen


def _fragmented(mapped: MappedDate) -> list[Fragmented]:
    if mapped.manual is None:
        return []
    manual, predicted = (shapes_of(mapped.shapes[name]) for name in ("manual", "predicted"))
    pieces = fragmentation_of(manual, predicted, overlaps(manual, predicted)).pieces
    return [Fragmented(mapped, manual[i], int(pieces[i])) for i in np.flatnonzero(pieces > 1)]


def draw_fragments(sheet: Sheet, dates: Sequence[MappedDate]) -> None:
    """Draw the worst cases; none where no landslide is in pieces."""
    cases = worst_fragmented(dates)
    if not cases:
        return
    rows = -(-len(cases) // _COLUMNS)
    with sheet.figure("fig5_fragments", rows * 6.2 + 0.8) as figure:
        for axes, case in zip(panels(figure, len(cases), _COLUMNS), cases, strict=True):
            _draw_case(axes, case)
        handles = [figure.axes[0].plot([], [], color=colour)[0] for colour in (MANUAL, PREDICTED)]
        figure.legend(handles, ["manual", "predicted"], loc="outside lower center", ncols=2, frameon=False)


def _draw_case(axes: Axes, case: Fragmented) -> None:
    """The landslide in the middle of a square, half as much ground around it."""
    left, bottom, right, top = case.outline.bounds
    half, x, y = 0.75 * max(right - left, top - bottom), (left + right) / 2, (bottom + top) / 2
    show_image(axes, case.mapped.image, case.mapped.grid, interpolation="nearest")
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
    draw_outlines(axes, case.mapped.shapes["predicted"], PREDICTED, 1.1)
    draw_outlines(axes, [case.outline], MANUAL, 1.4)
    axes.set_title(f"{case.mapped.date}: {case.pieces} pieces of one landslide of {case.outline.area / 1e4:.1f} ha", fontsize=7, loc="left")
    furnish(axes, north=False)
