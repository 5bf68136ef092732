"""A date at a glance: the image, the manual and the predicted landslides, and the test blocks."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from slidelens.files import writing
from slidelens.geo.mask import polygonise
from slidelens.geo.scene import Scene
from slidelens.learning.split import TEST, Bytes
from slidelens.report.furniture import MANUAL, PREDICTED, draw_outlines, furnish, show_image

_WIDTH_IN = 9.0


def write_overview(
    scene: Scene, parts: Bytes, manual: gpd.GeoDataFrame | None, predicted: gpd.GeoDataFrame, title: str, path: Path
) -> None:
    """Write the figure as PNG at 150 dpi; the same inputs give the same bytes.

    parts: (height, width) part of each pixel; manual: None where the date is not mapped
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    grid = scene.grid
    figure = Figure(figsize=(_WIDTH_IN, _WIDTH_IN * grid.height / grid.width + 0.7), layout="constrained")
    axes = figure.add_subplot()
    show_image(axes, true_colour(scene), grid, interpolation="nearest")
    for outlines, colour, style, label in (
        (polygonise(parts == TEST, grid), "white", (0, (4, 3)), "test blocks"),
        (None if manual is None else manual.geometry, MANUAL, "-", "manual"),
        (predicted.geometry, PREDICTED, "-", "predicted"),
    ):
        if outlines is not None:
            draw_outlines(axes, outlines, colour, 0.9, style)
            axes.plot([], [], color=colour, linestyle=style, label=label if label == "test blocks" else f"{label} ({len(outlines)})")
    axes.set_title(title)
    furnish(axes)
    axes.legend(loc="lower right", facecolor="0.25", labelcolor="white", framealpha=0.85)
    with writing(path) as temporary:
        FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


def true_colour(scene: Scene) -> NDArray[np.uint8]:
    """(height, width, 3) bytes: red, green and blue where there are such bands, else the first ones; 2 to 98 % stretched, nodata black."""
    names = ("red", "green", "blue")
    chosen = (
        [scene.bands.index(name) for name in names] if set(names) <= set(scene.bands) else [min(i, len(scene.bands) - 1) for i in (2, 1, 0)]
    )
    pixels = scene.pixels[..., chosen]
    low, high = np.percentile(pixels[scene.valid], (2, 98), axis=0) if scene.valid.any() else (np.zeros(3), np.ones(3))
    stretched = np.clip((pixels - low) / np.maximum(high - low, 1e-6), 0, 1) ** 0.8
    return np.where(scene.valid[..., None], stretched * 255, 0).astype(np.uint8)
