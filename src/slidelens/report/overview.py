"""A date at a glance: the image, the manual and the predicted landslides, and the test blocks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from slidelens.files import writing
from slidelens.geo.grid import Grid
from slidelens.geo.mask import polygonise
from slidelens.geo.scene import Scene
from slidelens.learning.split import TEST, Bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MANUAL, PREDICTED = "#E69F00", "#56B4E9"  # told apart with any colour vision (Okabe and Ito 2008)
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
    left, bottom, right, top = grid.bounds
    axes.imshow(true_colour(scene), extent=(left, right, bottom, top), interpolation="nearest")
    for outlines, colour, style, label in (
        (gpd.GeoDataFrame(geometry=polygonise(parts == TEST, grid), crs=grid.crs), "white", (0, (4, 3)), "test blocks"),
        (manual, MANUAL, "-", "manual"),
        (predicted, PREDICTED, "-", "predicted"),
    ):
        if outlines is not None:
            _draw(axes, outlines, colour, style, label)
    axes.set(title=title, xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    _scale_bar(axes, grid)
    axes.legend(loc="lower right", facecolor="0.25", labelcolor="white", framealpha=0.85)
    with writing(path) as temporary:
        FigureCanvasAgg(figure).print_png(temporary, metadata={"Software": None})


def _draw(axes: Axes, outlines: gpd.GeoDataFrame, colour: str, style: Any, label: str) -> None:
    from matplotlib.collections import LineCollection

    axes.plot([], [], color=colour, linestyle=style, label=f"{label} ({len(outlines)})" if label != "test blocks" else label)
    rings = [shapely.get_coordinates(ring) for body in shapely.get_parts(outlines.geometry) for ring in shapely.get_rings(body)]
    axes.add_collection(LineCollection(rings, colors=colour, linestyles=[style], linewidths=0.9), autolim=False)


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


def _scale_bar(axes: Axes, grid: Grid) -> None:
    """A bar of a round length, about a fifth of the width, and north: up on every grid here."""
    left, bottom, right, top = grid.bounds
    length = max(step for step in (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000) if step <= max((right - left) / 4, 100))
    x, y = left + 0.03 * (right - left), bottom + 0.04 * (top - bottom)
    axes.plot([x, x + length], [y, y], color="white", linewidth=3, solid_capstyle="butt")
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length} m"
    axes.text(x + length / 2, y + 0.012 * (top - bottom), label, color="white", ha="center", va="bottom")
    arrow = {"arrowstyle": "-|>", "color": "white", "linewidth": 1.5}
    axes.annotate("N", (0.035, 0.94), (0.035, 0.86), xycoords="axes fraction", color="white", ha="center", arrowprops=arrow)
