"""Figure 6: kernel densities of manual and predicted landslides, and their difference."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from slidelens.geo.rasterise import polygonise
from slidelens.report.figures.cartography import (
    add_scale_bar_and_north_above,
    draw_outlines,
    show_image,
)
from slidelens.report.figures.style import MAX_HEIGHT_CM, WIDTH_CM, FigureWriter
from slidelens.report.results import INVENTORIES, DateResults, DensitySurface

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = (*INVENTORIES, "difference")
_DATES_PER_PAGE = 8


def highest_density(dates: Sequence[DateResults]) -> float:
    """Return the highest density of any date and inventory, landslides per km².

    It is the end of the common colour scale; 1 if there is no landslide.
    """
    peaks = [
        float(np.nanmax(surface.values, initial=0.0))
        for results in dates
        for surface in results.densities.values()
    ]
    return max(peaks, default=0.0) or 1.0


def draw_densities(
    writer: FigureWriter, dates: Sequence[DateResults], convention: str = "esri"
) -> None:
    """Draw a row per date: manual, predicted, and predicted − manual.

    All pages share one colour scale.

    Args:
        writer: Where to draw.
        dates: Results of every date.
        convention: Scale of the densities, `esri` or `qgis`.
    """
    highest = highest_density(dates)
    unit = "landslides per km²" if convention == "esri" else "density on the scale of QGIS"
    for number, page in enumerate(pages(dates), start=1):
        _page(writer, f"fig6_density{'' if number == 1 else f'_{number}'}", page, highest, unit)


def pages(dates: Sequence[DateResults]) -> list[Sequence[DateResults]]:
    """Split the dates into pages of at most eight, whose lengths differ by at most one."""
    number = -(-len(dates) // _DATES_PER_PAGE)
    edges = [-(-len(dates) * i // number) for i in range(number + 1)]
    return [dates[first:stop] for first, stop in itertools.pairwise(edges)]


def _page(
    writer: FigureWriter, name: str, dates: Sequence[DateResults], highest: float, unit: str
) -> None:
    grid = dates[0].grid
    row_cm = min(
        (WIDTH_CM - 2.5) / 3 * grid.height / grid.width, (MAX_HEIGHT_CM - 2.5) / len(dates)
    )
    with writer.figure(name, row_cm * len(dates) + 2.5) as figure:
        rows = figure.subplots(len(dates), 3, squeeze=False)
        for row, results in zip(rows, dates, strict=True):
            images = [
                _draw(axes, results, column, highest)
                for axes, column in zip(row, _COLUMNS, strict=True)
            ]
            row[0].set_ylabel(results.date, fontsize=9)
        add_scale_bar_and_north_above(rows[0, 0])
        for axes, title in zip(rows[0], ("manual", "predicted", "predicted − manual"), strict=True):
            axes.set_title(title, loc="left")
        figure.colorbar(
            images[1],
            ax=rows[:, :2],
            location="bottom",
            label=unit,
            shrink=0.6,
            aspect=40,
            pad=0.01,
        )
        figure.colorbar(
            images[2],
            ax=rows[:, 2],
            location="bottom",
            label="difference",
            shrink=0.9,
            aspect=20,
            pad=0.01,
        )


def _draw(axes: Axes, results: DateResults, name: str, highest: float) -> Any:
    surface = _surface(results, name)
    colours = (
        {"cmap": "RdBu_r", "vmin": -highest, "vmax": highest}
        if name == "difference"
        else {"cmap": "cividis", "vmin": 0, "vmax": highest}
    )
    empty = np.full((1, 1), np.nan)
    picture = show_image(
        axes,
        empty if surface is None else surface.values,
        results.grid if surface is None else surface.grid,
        **colours,
    )
    axes.set_facecolor("0.75")
    if surface is None:
        axes.text(
            0.5,
            0.5,
            "not mapped by hand",
            transform=axes.transAxes,
            ha="center",
            va="center",
            fontsize=7,
            color="0.35",
        )
        return picture
    draw_outlines(axes, polygonise(results.split_map > 0, results.grid), "0.4", 0.4)
    return picture


def _surface(results: DateResults, name: str) -> DensitySurface | None:
    if name != "difference":
        return results.densities.get(name)
    if not set(INVENTORIES) <= set(results.densities):
        return None
    manual, predicted = (results.densities[name] for name in INVENTORIES)
    return DensitySurface(predicted.values - manual.values, manual.grid)
