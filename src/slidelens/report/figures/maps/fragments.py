"""Figure 5: the manual landslides that are predicted in the most pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from slidelens.analysis.accuracy.fragmentation import pieces_of
from slidelens.analysis.overlay import overlaps, shapes_of
from slidelens.report.figures.cartography import (
    add_scale_bar_and_north,
    draw_outlines,
    fill,
    show_image,
)
from slidelens.report.figures.style import FigureWriter, dim, panels
from slidelens.report.results import MappedDate
from slidelens.types import Shapes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_CASES = 6
_COLUMNS = 3
_PIECES = (
    "#E69F00",
    "#56B4E9",
    "#CC79A7",
    "#F0E442",
    "#009E73",
    "#D55E00",
    "#0072B2",
)  # the first differ most
_OUTLINE, _OTHERS = "#111111", "#DDDDDD"


@dataclass(frozen=True)
class Fragmented:
    """A manual landslide that is predicted in several pieces. pieces: predicted landslides, each of one part or of several joined ones."""

    mapped: MappedDate
    outline: shapely.Polygon | shapely.MultiPolygon
    pieces: Shapes


def worst_fragmented(dates: Sequence[MappedDate], most: int = _MOST_CASES) -> list[Fragmented]:
    """The manual landslides in two pieces or more, those in most pieces first, then the largest; one for each place on the ground."""
    found = sorted(
        (case for mapped in dates for case in _fragmented(mapped)),
        key=lambda case: (-len(case.pieces), -case.outline.area),
    )
    chosen: list[Fragmented] = []
    for case in found:
        if len(chosen) < most and not any(
            case.outline.intersects(other.outline) for other in chosen
        ):
            chosen.append(case)
    return chosen


def _fragmented(mapped: MappedDate) -> list[Fragmented]:
    if mapped.manual is None:
        return []
    manual, predicted = (shapes_of(mapped.shapes[name]) for name in ("manual", "predicted"))
    pairs = pieces_of(manual, predicted, overlaps(manual, predicted))
    landslides, number = np.unique(pairs.left, return_counts=True)
    return [
        Fragmented(mapped, manual[i], predicted[pairs.right[pairs.left == i]])
        for i in landslides[number > 1]
    ]


def draw_fragments(sheet: FigureWriter, dates: Sequence[MappedDate]) -> None:
    """Draw the worst cases; none where no landslide is in pieces."""
    cases = worst_fragmented(dates)
    if not cases:
        return
    rows = -(-len(cases) // _COLUMNS)
    with sheet.figure("fig5_fragments", rows * 6.2 + 0.8) as figure:
        for number, (axes, case) in enumerate(
            zip(panels(figure, len(cases), _COLUMNS), cases, strict=True)
        ):
            _draw_case(axes, case)
            add_scale_bar_and_north(axes, north=number == 0)
        handles: list[Any] = [
            figure.axes[0].plot([], [], color=colour, linewidth=width)[0]
            for colour, width in ((_OUTLINE, 1.2), (_OTHERS, 0.9))
        ]
        handles.append(
            tuple(
                figure.axes[0].plot([], [], color=colour, linewidth=5)[0] for colour in _PIECES[:3]
            )
        )
        labels = [
            "manual landslide",
            "other predicted landslides",
            "its predicted pieces, a colour each",
        ]
        figure.legend(
            handles,
            labels,
            loc="outside lower left",
            ncols=3,
            frameon=False,
            handler_map=_side_by_side(),
            handlelength=2.4,
        )


def _draw_case(axes: Axes, case: Fragmented) -> None:
    """The landslide in the middle of a square, a quarter as much ground around it."""
    left, bottom, right, top = case.outline.bounds
    half, x, y = 0.625 * max(right - left, top - bottom), (left + right) / 2, (bottom + top) / 2
    show_image(
        axes, dim(case.mapped.image, case.mapped.valid), case.mapped.grid, interpolation="nearest"
    )
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
    draw_outlines(axes, case.mapped.shapes["predicted"], _OTHERS, 0.5)
    for piece, colour in coloured(case):
        fill(axes, shapely.get_parts([piece]), colour, 0.75)
        draw_outlines(axes, [piece], colour, 0.8)
    draw_outlines(axes, [case.outline], "white", 1.5)
    draw_outlines(axes, [case.outline], _OUTLINE, 0.7)
    axes.set_title(
        f"{case.mapped.date}: {len(case.pieces)} pieces of one landslide of {case.outline.area / 1e4:.1f} ha",
        fontsize=7,
        loc="left",
    )


def coloured(case: Fragmented) -> list[tuple[shapely.Geometry, str]]:
    """The pieces from west to east, each with a colour, which all of its parts have; beyond seven the colours come again."""
    ordered = case.pieces[np.argsort(shapely.bounds(case.pieces)[:, 0], kind="stable")]
    return [(piece, _PIECES[i % len(_PIECES)]) for i, piece in enumerate(ordered)]


def _side_by_side() -> dict[type, Any]:
    """How the legend shows several colours with one label."""
    from matplotlib.legend_handler import HandlerTuple

    return {tuple: HandlerTuple(ndivide=None, pad=0)}
