"""Figure 1: location, blocks, pretraining landslides and the image of each date."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
    fill_polygons,
    show_image,
)
from slidelens.report.figures.globe import draw_globe, place_label
from slidelens.report.figures.maps.overview import true_colour
from slidelens.report.figures.style import MANUAL, FigureWriter
from slidelens.report.results import DateResults
from slidelens.types import Mask

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

_PARTS = {
    "test": (TEST, "#D55E00"),
    "validation": (VALIDATION, "#F0E442"),
    "train": (TRAIN, "#56B4E9"),
}
_THUMBNAILS = 4  # per row
_ABOVE_CM = 11.0


def draw_study_area(
    writer: FigureWriter, dates: Sequence[DateResults], sources: Mapping[str, Prepared]
) -> None:
    """Draw the areas above and thumbnails of the dates below.

    Args:
        writer: where the figure goes.
        dates: results of every date.
        sources: the prepared pretraining areas by name, at least one.
    """
    rows = -(-len(dates) // _THUMBNAILS)
    with writer.figure("fig1_area", _ABOVE_CM + rows * 3.7) as figure:
        (above,), (below,) = figure.subfigures(
            2, 1, squeeze=False, height_ratios=[_ABOVE_CM, rows * 3.7]
        )
        _areas(above, dates[-1], sources)
        for axes, results in zip(
            below.subplots(rows, _THUMBNAILS, squeeze=False).ravel(), dates, strict=False
        ):
            _thumbnail(axes, results)
        for unused in below.axes[len(dates) :]:
            unused.set_visible(False)


def _areas(figure: SubFigure, results: DateResults, sources: Mapping[str, Prepared]) -> None:
    axes = figure.subplot_mosaic("ab;ac;ad", width_ratios=[1.9, 1], height_ratios=[1.25, 0.7, 1])
    show_image(axes["a"], results.image, results.grid)
    for name, (part, colour) in _PARTS.items():
        blocks = polygonise(results.split_map == part, results.grid)
        fill_polygons(axes["a"], blocks, colour, 0.22)
        draw_outlines(axes["a"], blocks, colour, 0.5)
        axes["a"].plot(
            [],
            [],
            color=colour,
            linewidth=5,
            alpha=0.7,
            label=f"{name} ({_km2(results.split_map == part, results.grid)})",
        )
    axes["a"].set_title(
        f"(a) investigation area and its blocks, image of {results.date}", loc="left"
    )
    axes["a"].legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=3, frameon=False, handlelength=1.2
    )
    axes["a"].set_anchor("N")
    add_scale_bar_and_north(axes["a"])
    _pretraining(axes["b"], sources)
    _place(axes["c"], results, sources)
    _on_earth(axes["d"], results)


def _pretraining(axes: Axes, sources: Mapping[str, Prepared]) -> None:
    """Draw the pretraining area, of several the first."""
    name, pretraining = next(iter(sources.items()))
    title = "pretraining" if len(sources) == 1 else f"{name}, one of {len(sources)}"
    shapes = [] if pretraining.inventory is None else pretraining.inventory.geometry
    show_image(axes, true_colour(pretraining.scene), pretraining.scene.grid)
    draw_outlines(axes, shapes, MANUAL, 0.8)
    axes.set_title(f"(b) {title}: {len(shapes)} landslides", loc="left")
    add_scale_bar_and_north(axes)


def _place(axes: Axes, results: DateResults, sources: Mapping[str, Prepared]) -> None:
    """Draw all areas to scale, in degrees."""
    for name, colour, grid, mask in (
        ("investigation", "#0072B2", results.grid, results.split_map > 0),
        *(
            (
                source.replace("pretrain", "pretraining"),
                MANUAL,
                prepared.scene.grid,
                prepared.split_map > 0,
            )
            for source, prepared in sources.items()
        ),
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


def _on_earth(axes: Axes, results: DateResults) -> None:
    left, bottom, right, top = results.grid.bounds
    middle = (
        gpd.GeoSeries(
            [shapely.Point((left + right) / 2, (bottom + top) / 2)], crs=results.grid.crs.to_wkt()
        )
        .to_crs(4326)
        .iloc[0]
    )
    draw_globe(axes, middle.x, middle.y)
    axes.set_title(f"(d) {place_label(middle.x, middle.y)}", loc="left")
    axes.text(0, -1.1, f"maps: {crs_name(results.grid.crs)}", ha="center", va="top", fontsize=7)


def _km2(ground: Mask, grid: Grid) -> str:
    return f"{ground.sum() * grid.pixel_area_m2 / 1e6:.3g} km²"


def _thumbnail(axes: Axes, results: DateResults) -> None:
    step = max(1, results.grid.width // 500)
    show_image(axes, results.image[::step, ::step], results.grid)
    mapped_by_hand = (
        "not mapped by hand" if results.manual is None else f"{len(results.manual)} mapped by hand"
    )
    axes.set_title(f"{results.date}: {mapped_by_hand}", loc="left", fontsize=7)
