"""Figure 5: the manual landslides predicted in the most fragments."""

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
    fill_polygons,
    show_image,
)
from slidelens.report.figures.style import FigureWriter, dim, panels
from slidelens.report.results import DateResults
from slidelens.types import Shapes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MAX_CASES = 6
_COLUMNS = 3
# Neighbouring colours differ most at the start of the list.
_COLOURS = ("#E69F00", "#56B4E9", "#CC79A7", "#F0E442", "#009E73", "#D55E00", "#0072B2")
_OUTLINE, _OTHERS = "#111111", "#DDDDDD"


@dataclass(frozen=True)
class FragmentedLandslide:
    """A manual landslide that is predicted in several fragments.

    Attributes:
        results: results of its date.
        outline: the manual outline.
        fragments: predicted landslides, each of one part or of several merged parts.
    """

    results: DateResults
    outline: shapely.Polygon | shapely.MultiPolygon
    fragments: Shapes


def worst_fragmented(
    dates: Sequence[DateResults], limit: int = _MAX_CASES
) -> list[FragmentedLandslide]:
    """Return the manual landslides in two fragments or more, one per place.

    Args:
        dates: results of every date.
        limit: largest number of cases.

    Returns:
        Those in the most fragments first, then the largest.
    """
    ranked = sorted(
        (case for results in dates for case in _fragmented(results)),
        key=lambda case: (-len(case.fragments), -case.outline.area),
    )
    selected: list[FragmentedLandslide] = []
    for case in ranked:
        if len(selected) < limit and not any(
            case.outline.intersects(previous.outline) for previous in selected
        ):
            selected.append(case)
    return selected


def _fragmented(results: DateResults) -> list[FragmentedLandslide]:
    if results.manual is None:
        return []
    manual, predicted = (shapes_of(results.shapes[name]) for name in ("manual", "predicted"))
    pairs = pieces_of(manual, predicted, overlaps(manual, predicted))
    landslides, number = np.unique(pairs.left, return_counts=True)
    return [
        FragmentedLandslide(results, manual[i], predicted[pairs.right[pairs.left == i]])
        for i in landslides[number > 1]
    ]


def draw_fragments(writer: FigureWriter, dates: Sequence[DateResults]) -> None:
    """Draw the worst cases; no figure if no landslide is fragmented."""
    cases = worst_fragmented(dates)
    if not cases:
        return
    rows = -(-len(cases) // _COLUMNS)
    with writer.figure("fig5_fragments", rows * 6.2 + 0.8) as figure:
        for number, (axes, case) in enumerate(
            zip(panels(figure, len(cases), _COLUMNS), cases, strict=True)
        ):
            _draw_case(axes, case)
            add_scale_bar_and_north(axes, north=number == 0)
        _add_legend(figure)


def _add_legend(figure: Figure) -> None:
    from matplotlib.legend_handler import HandlerTuple

    axes = figure.axes[0]
    handles: list[Any] = [
        axes.plot([], [], color=colour, linewidth=width)[0]
        for colour, width in ((_OUTLINE, 1.2), (_OTHERS, 0.9))
    ]
    handles.append(
        tuple(axes.plot([], [], color=colour, linewidth=5)[0] for colour in _COLOURS[:3])
    )
    figure.legend(
        handles,
        ["manual landslide", "other predicted landslides", "its predicted fragments, by colour"],
        loc="outside lower left",
        ncols=3,
        frameon=False,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
        handlelength=2.4,
    )


def _draw_case(axes: Axes, case: FragmentedLandslide) -> None:
    """Draw the landslide in the middle of a square with a margin of an eighth on each side."""
    results = case.results
    left, bottom, right, top = case.outline.bounds
    half, x, y = 0.625 * max(right - left, top - bottom), (left + right) / 2, (bottom + top) / 2
    show_image(axes, dim(results.image, results.valid), results.grid, interpolation="nearest")
    axes.set(xlim=(x - half, x + half), ylim=(y - half, y + half))
    draw_outlines(axes, results.shapes["predicted"], _OTHERS, 0.5)
    for fragment, colour in colour_fragments(case):
        fill_polygons(axes, shapely.get_parts([fragment]), colour, 0.75)
        draw_outlines(axes, [fragment], colour, 0.8)
    draw_outlines(axes, [case.outline], "white", 1.5)
    draw_outlines(axes, [case.outline], _OUTLINE, 0.7)
    area_ha = case.outline.area / 1e4
    axes.set_title(
        f"{results.date}: {len(case.fragments)} fragments of one landslide of {area_ha:.1f} ha",
        fontsize=7,
        loc="left",
    )


def colour_fragments(case: FragmentedLandslide) -> list[tuple[shapely.Geometry, str]]:
    """Return the fragments from west to east with their colours, which repeat after seven.

    All parts of a fragment share its colour.
    """
    west = shapely.bounds(case.fragments)[:, 0]
    ordered = case.fragments[np.argsort(west, kind="stable")]
    return [(fragment, _COLOURS[i % len(_COLOURS)]) for i, fragment in enumerate(ordered)]
