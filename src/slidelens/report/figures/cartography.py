"""Map elements: images, outlines, scale bars and north arrows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import shapely
from numpy.typing import NDArray

from slidelens.geo.grid import Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes


_RIM_PT = 3.5
_STEPS_M = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


def show_image(axes: Axes, image: NDArray[Any], grid: Grid, **options: Any) -> Any:
    """Show an image in map coordinates, without ticks.

    Args:
        axes: axes of the map.
        image: (height, width) or (height, width, 3), on the pixels of the grid.
        grid: grid of the image.
        **options: options of `Axes.imshow`.

    Returns:
        The matplotlib image, for a colour bar.
    """
    left, bottom, right, top = grid.bounds
    picture = axes.imshow(image, extent=(left, right, bottom, top), **options)
    axes.set(xlim=(left, right), ylim=(bottom, top), xticks=[], yticks=[])
    return picture


def draw_outlines(
    axes: Axes, shapes: Iterable[Any] | None, colour: str, width: float = 0.7, style: Any = "-"
) -> None:
    """Draw the rings of polygons, holes included.

    Args:
        axes: axes of the map.
        shapes: polygons or multipolygons; None draws nothing.
        colour: line colour.
        width: line width in points.
        style: matplotlib line style.
    """
    from matplotlib.collections import LineCollection

    if shapes is None:
        return
    parts = shapely.get_parts([shape for shape in shapes if shape is not None])
    rings = [shapely.get_coordinates(ring) for part in parts for ring in shapely.get_rings(part)]
    axes.add_collection(
        LineCollection(rings, colors=colour, linewidths=width, linestyles=[style]), autolim=False
    )


def fill_polygons(axes: Axes, shapes: Iterable[Any], colour: str, alpha: float) -> None:
    """Fill polygons, leaving their holes empty."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path as Outline

    rings = [
        [shapely.get_coordinates(ring) for ring in shapely.get_rings(shape)] for shape in shapes
    ]
    outlines = [
        Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings_of_shape))
        for rings_of_shape in rings
        if rings_of_shape
    ]
    axes.add_collection(
        PathCollection(outlines, facecolors=colour, edgecolors="none", alpha=alpha), autolim=False
    )


def add_scale_bar_and_north(axes: Axes, north: bool = True, ink: str = "white") -> None:
    """Add a scale bar and a north arrow to a map whose axes are in metres.

    North is up on every grid of the pipeline.

    Args:
        axes: axes of the map.
        north: whether to add the north arrow.
        ink: colour, white by default; use a dark one on light maps.
    """
    rim = _rim("0.15" if ink == "white" else "white")
    add_scale_bar(axes, ink, rim)
    if north:
        arrow = {
            "arrowstyle": "-|>,head_width=0.22,head_length=0.4",
            "color": ink,
            "linewidth": 1.0,
            "path_effects": rim,
            "shrinkA": 0,
        }
        place = {
            "xycoords": "axes fraction",
            "xytext": (0, -17),
            "textcoords": "offset points",
            "ha": "center",
            "va": "top",
            "fontsize": 7,
        }
        axes.annotate("N", (0.05, 0.97), color=ink, path_effects=rim, arrowprops=arrow, **place)  # type: ignore[arg-type]


def add_scale_bar(axes: Axes, ink: str, rim: list[Any]) -> None:
    """Add a scale bar of a round length, at most a quarter of the map's width.

    Args:
        axes: axes of the map.
        ink: colour of bar and text.
        rim: path effects that keep the ink legible.
    """
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    length, text = _bar(right - left)
    x, y = left + 0.04 * (right - left), bottom + 0.05 * (top - bottom)
    axes.plot(
        [x, x + length], [y, y], color=ink, linewidth=2, solid_capstyle="butt", path_effects=rim
    )
    place = {
        "xytext": (0, 2),
        "textcoords": "offset points",
        "ha": "center",
        "va": "bottom",
        "fontsize": 6.5,
    }
    axes.annotate(text, (x + length / 2, y), color=ink, path_effects=rim, **place)  # type: ignore[arg-type]


def add_scale_bar_and_north_above(axes: Axes) -> None:
    """Add a scale bar and north above the right corner of a small map, where they hide nothing.

    The map's title is expected on the left.
    """
    from matplotlib.transforms import ScaledTranslation

    left, right = axes.get_xlim()
    length, text = _bar(right - left)
    line = axes.get_xaxis_transform() + ScaledTranslation(0, 6 / 72, axes.figure.dpi_scale_trans)
    end = right - 0.14 * (right - left)
    axes.plot(
        [end - length, end],
        [1, 1],
        color="0.1",
        linewidth=2,
        solid_capstyle="butt",
        transform=line,
        clip_on=False,
    )
    axes.text(end - length, 1, f"{text} ", transform=line, fontsize=6.5, ha="right", va="center")
    axes.text(right, 1, "N↑", transform=line, fontsize=7, ha="right", va="center")


def _bar(width_m: float) -> tuple[int, str]:
    """Return the round length in metres of a scale bar for a map of this width, and its text."""
    length = max(step for step in _STEPS_M if step <= max(width_m / 4, _STEPS_M[0]))
    return length, f"{length / 1000:g} km" if length >= 1000 else f"{length} m"


def _rim(colour: str) -> list[Any]:
    """Return path effects that keep ink legible on any background, wider than the ink."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=_RIM_PT, foreground=colour)]
