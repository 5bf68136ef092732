"""Figure 6: kernel densities of manual and predicted landslides on one colour scale for all dates, and their difference."""

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
from slidelens.report.figures.style import MOST_HEIGHT_CM, WIDTH_CM, FigureWriter
from slidelens.report.results import INVENTORIES, DensitySurface, MappedDate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = (*INVENTORIES, "difference")
_DATES_A_PAGE = 8


def highest_density(dates: Sequence[MappedDate]) -> float:
    """The highest density of any date and inventory, landslides per km²: the end of the common colour scale; 1 where there is none."""
    peaks = [
        float(np.nanmax(surface.values, initial=0.0))
        for mapped in dates
        for surface in mapped.densities.values()
    ]
    return max(peaks, default=0.0) or 1.0


def draw_densities(sheet: FigureWriter, dates: Sequence[MappedDate]) -> None:
    """Draw a row for each date: manual, predicted, predicted − manual; on pages of about as many dates, one colour scale for all."""
    highest = highest_density(dates)
    for number, some in enumerate(pages(dates), start=1):
        _page(sheet, f"fig6_density{'' if number == 1 else f'_{number}'}", some, highest)


def pages(dates: Sequence[MappedDate]) -> list[Sequence[MappedDate]]:
    """The dates in runs of equal length, or one less, of at most `_DATES_A_PAGE`."""
    number = -(-len(dates) // _DATES_A_PAGE)
    edges = [-(-len(dates) * i // number) for i in range(number + 1)]
    return [dates[first:stop] for first, stop in itertools.pairwise(edges)]


def _page(sheet: FigureWriter, name: str, dates: Sequence[MappedDate], highest: float) -> None:
    grid = dates[0].grid
    row_cm = min(
        (WIDTH_CM - 2.5) / 3 * grid.height / grid.width, (MOST_HEIGHT_CM - 2.5) / len(dates)
    )
    with sheet.figure(name, row_cm * len(dates) + 2.5) as figure:
        rows = figure.subplots(len(dates), 3, squeeze=False)
        for row, mapped in zip(rows, dates, strict=True):
            shown = [
                _draw(axes, mapped, column, highest)
                for axes, column in zip(row, _COLUMNS, strict=True)
            ]
            row[0].set_ylabel(mapped.date, fontsize=9)
        add_scale_bar_and_north_above(rows[0, 0])
        for axes, title in zip(rows[0], ("manual", "predicted", "predicted − manual"), strict=True):
            axes.set_title(title, loc="left")
        figure.colorbar(
            shown[1],
            ax=rows[:, :2],
            location="bottom",
            label="landslides per km²",
            shrink=0.6,
            aspect=40,
            pad=0.01,
        )
        figure.colorbar(
            shown[2],
            ax=rows[:, 2],
            location="bottom",
            label="difference per km²",
            shrink=0.9,
            aspect=20,
            pad=0.01,
        )


def _draw(axes: Axes, mapped: MappedDate, name: str, highest: float) -> Any:
    surface = _surface(mapped, name)
    colours = (
        {"cmap": "RdBu_r", "vmin": -highest, "vmax": highest}
        if name == "difference"
        else {"cmap": "cividis", "vmin": 0, "vmax": highest}
    )
    empty = np.full((1, 1), np.nan)
    shown = show_image(
        axes,
        empty if surface is None else surface.values,
        mapped.grid if surface is None else surface.grid,
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
        return shown
    draw_outlines(axes, polygonise(mapped.parts > 0, mapped.grid), "0.4", 0.4)
    return shown


def _surface(mapped: MappedDate, name: str) -> DensitySurface | None:
    if name != "difference":
        return mapped.densities.get(name)
    if not set(INVENTORIES) <= set(mapped.densities):
        return None
    manual, predicted = (mapped.densities[one] for one in INVENTORIES)
    return DensitySurface(predicted.values - manual.values, manual.grid)
