"""Overview of a date: image, manual and predicted landslides, and test blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from slidelens.dataset.parts import TEST
from slidelens.dataset.windowed_scene import coarser, sampled
from slidelens.files import atomic_write
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import polygonise
from slidelens.geo.rasters.scene import Scene
from slidelens.report.figures.cartography import add_scale_bar_and_north, draw_outlines, show_image
from slidelens.report.figures.style import MANUAL, PREDICTED
from slidelens.types import UInt8

_WIDTH_IN = 9.0
_QUICK_LOOK_PX = 2048  # longer side of a scene that is shown as a whole


def write_overview(
    scene: Scene,
    split_map: UInt8,
    manual: gpd.GeoDataFrame | None,
    predicted: gpd.GeoDataFrame,
    title: str,
    path: Path,
) -> None:
    """Write the overview as a PNG at 100 dpi; the same inputs give the same bytes.

    Args:
        scene: image of the date.
        split_map: (height, width) part of each pixel.
        manual: manual inventory; None if the date has none.
        predicted: predicted inventory.
        title: title of the figure.
        path: file to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    grid = scene.grid
    step = quick_look_step(grid)
    figure = Figure(
        figsize=(_WIDTH_IN, _WIDTH_IN * grid.height / grid.width + 0.7), layout="constrained"
    )
    axes = figure.add_subplot()
    show_image(
        axes, true_colour(sampled(scene, step)), coarser(grid, step), interpolation="nearest"
    )
    for outlines, colour, style, label in (
        (polygonise(split_map == TEST, grid), "white", (0, (4, 3)), "test blocks"),
        (None if manual is None else manual.geometry, MANUAL, "-", "manual"),
        (predicted.geometry, PREDICTED, "-", "predicted"),
    ):
        if outlines is not None:
            draw_outlines(axes, outlines, colour, 0.9, style)
            axes.plot(
                [],
                [],
                color=colour,
                linestyle=style,
                label=label if label == "test blocks" else f"{label} ({len(outlines)})",
            )
    axes.set_title(title)
    add_scale_bar_and_north(axes)
    axes.legend(loc="lower right", facecolor="0.25", labelcolor="white", framealpha=0.85)
    canvas: Any = FigureCanvasAgg(figure)  # matplotlib leaves print_png untyped
    with atomic_write(path) as temporary:
        canvas.print_png(temporary, metadata={"Software": None})


def quick_look_step(grid: Grid) -> int:
    """Return n such that every n-th pixel of a grid makes a picture of moderate size."""
    return -(-max(grid.shape) // _QUICK_LOOK_PX)


def true_colour(scene: Scene) -> UInt8:
    """Return the scene as (height, width, 3) bytes, stretched from the 2nd to 98th percentile.

    Red, green and blue are used if the scene has such bands, otherwise its first bands. Nodata is
    black.
    """
    names = ("red", "green", "blue")
    bands = (
        [scene.bands.index(name) for name in names]
        if set(names) <= set(scene.bands)
        else [min(i, len(scene.bands) - 1) for i in (2, 1, 0)]
    )
    pixels = scene.pixels[..., bands]
    low, high = (
        np.percentile(pixels[scene.valid], (2, 98), axis=0)
        if scene.valid.any()
        else (np.zeros(3), np.ones(3))
    )
    stretched = np.clip((pixels - low) / np.maximum(high - low, 1e-6), 0, 1) ** 0.8
    return np.where(scene.valid[..., None], stretched * 255, 0).astype(np.uint8)
