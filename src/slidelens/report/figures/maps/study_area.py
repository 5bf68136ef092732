"""Figure 1: where the study lies, what its ground is used for, the landslides of pretraining, and the dates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import geopandas as gpd
import shapely

from slidelens.dataset.parts import TEST, TRAIN, VALIDATION
from slidelens.dataset.prepared import Prepared
from slidelens.geo.grid import Grid, crs_name
from slidelens.geo.rasterise import polygonise
from slidelens.report.figures.cartography import (
    add_scale_bar_and_north,
    draw_outlines,
    fill,
    show_image,
)
from slidelens.report.figures.globe import draw_globe, place_label
from slidelens.report.figures.maps.overview import true_colour
from slidelens.report.figures.style import MANUAL, FigureWriter
from slidelens.report.results import MappedDate
from slidelens.types import Mask

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

_PARTS = {
    "test": (TEST, "#D55E00"),
    "validation": (VALIDATION, "#F0E442"),
    "train": (TRAIN, "#56B4E9"),
}
_THUMBNAILS = 4  # in a row
_ABOVE_CM = 11.0


def draw_area(sheet: FigureWriter, dates: Sequence[MappedDate], first: Prepared) -> None:
    """Draw the areas above, thumbnails of the dates below. first: the pretraining ground."""
    rows = -(-len(dates) // _THUMBNAILS)
    with sheet.figure("fig1_area", _ABOVE_CM + rows * 3.7) as figure:
        (above,), (below,) = figure.subfigures(
            2, 1, squeeze=False, height_ratios=[_ABOVE_CM, rows * 3.7]
        )
        _areas(above, dates[-1], first)
        for axes, mapped in zip(
            below.subplots(rows, _THUMBNAILS, squeeze=False).ravel(), dates, strict=False
        ):
            _thumbnail(axes, mapped)
        for spare in below.axes[len(dates) :]:
            spare.set_visible(False)


def _areas(figure: SubFigure, mapped: MappedDate, first: Prepared) -> None:
    axes = figure.subplot_mosaic("ab;ac;ad", width_ratios=[1.9, 1], height_ratios=[1.25, 0.7, 1])
    show_image(axes["a"], mapped.image, mapped.grid)
    for name, (part, colour) in _PARTS.items():
        blocks = polygonise(mapped.parts == part, mapped.grid)
        fill(axes["a"], blocks, colour, 0.22)
        draw_outlines(axes["a"], blocks, colour, 0.5)
        axes["a"].plot(
            [],
            [],
            color=colour,
            linewidth=5,
            alpha=0.7,
            label=f"{name} ({_km2(mapped.parts == part, mapped.grid)})",
        )
    axes["a"].set_title(
        f"(a) investigation area and its blocks, image of {mapped.date}", loc="left"
    )
    axes["a"].legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=3, frameon=False, handlelength=1.2
    )
    axes["a"].set_anchor("N")
    add_scale_bar_and_north(axes["a"])
    _pretraining(axes["b"], first)
    _place(axes["c"], mapped, first)
    _on_earth(axes["d"], mapped)


def _pretraining(axes: Axes, first: Prepared) -> None:
    shapes = [] if first.inventory is None else first.inventory.geometry
    show_image(axes, true_colour(first.scene), first.scene.grid)
    draw_outlines(axes, shapes, MANUAL, 0.8)
    axes.set_title(f"(b) pretraining: {len(shapes)} landslides", loc="left")
    add_scale_bar_and_north(axes)


def _place(axes: Axes, mapped: MappedDate, first: Prepared) -> None:
    """Both areas to scale, in degrees of longitude and latitude."""
    for name, colour, grid, mask in (
        ("investigation", "#0072B2", mapped.grid, mapped.parts > 0),
        ("pretraining", MANUAL, first.scene.grid, first.split_map > 0),
    ):
        ground = gpd.GeoSeries(
            [shapely.union_all(polygonise(mask, grid)).simplify(grid.pixel_m)],
            crs=grid.crs.to_wkt(),
        ).to_crs(4326)
        ground.plot(
            ax=axes, facecolor=colour, alpha=0.5, edgecolor=colour, linewidth=0.8, aspect=None
        )
        axes.plot(
            [], [], color=colour, linewidth=3, alpha=0.6, label=f"{name},\n{_km2(mask, grid)}"
        )
    axes.set_title("(c) place (°E, °N)", loc="left")
    axes.set(xlabel="", ylabel="", aspect=1 / math.cos(math.radians(sum(axes.get_ylim()) / 2)))
    axes.margins(0.15, 0.3)
    axes.locator_params(nbins=3)
    axes.ticklabel_format(useOffset=False)
    axes.legend(
        loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, handlelength=0.8, borderpad=0
    )


def _on_earth(axes: Axes, mapped: MappedDate) -> None:
    left, bottom, right, top = mapped.grid.bounds
    middle = (
        gpd.GeoSeries(
            [shapely.Point((left + right) / 2, (bottom + top) / 2)], crs=mapped.grid.crs.to_wkt()
        )
        .to_crs(4326)
        .iloc[0]
    )
    draw_globe(axes, middle.x, middle.y)
    axes.set_title(f"(d) {place_label(middle.x, middle.y)}", loc="left")
    axes.text(0, -1.1, f"maps: {crs_name(mapped.grid.crs)}", ha="center", va="top", fontsize=7)


def _km2(ground: Mask, grid: Grid) -> str:
    return f"{ground.sum() * grid.pixel_area_m2 / 1e6:.3g} km²"


def _thumbnail(axes: Axes, mapped: MappedDate) -> None:
    step = max(1, mapped.grid.width // 500)
    show_image(axes, mapped.image[::step, ::step], mapped.grid)
    mapped_by_hand = (
        "not mapped by hand" if mapped.manual is None else f"{len(mapped.manual)} mapped by hand"
    )
    axes.set_title(f"{mapped.date}: {mapped_by_hand}", loc="left", fontsize=7)
