"""Figures of the report of an event: the scene, its probability, densities and sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from slidelens.api.event.quick_look import picture_grid
from slidelens.api.event.values import EventValues
from slidelens.report.figures.cartography import (
    add_scale_bar_and_north,
    draw_outlines,
    show_image,
)
from slidelens.report.figures.maps.overview import true_colour
from slidelens.report.figures.style import (
    DPI,
    WIDTH_CM,
    FigureWriter,
    label_powers_of_ten,
    style_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OUTLINE = "#FFD400"  # stands out on vegetation, bare ground and black
_LEAST_HEIGHT_CM, _MOST_HEIGHT_CM = 4.0, 22.0
_BINS_PER_DECADE = 4
_SMALL_PX = 12  # median size of landslides in the picture
_HALF_WIDTH_PT = 13  # of text in figures that take half of the page's width
_BAR: Any = {"location": "bottom", "shrink": 0.7, "aspect": 40, "pad": 0.02}


def draw_scene(writer: FigureWriter, values: EventValues) -> None:
    """Draw the scene with the outlines of the landslides."""
    with writer.figure("scene", _height_cm(values)) as figure:
        axes = figure.add_subplot()
        picture = values.picture
        show_image(axes, true_colour(picture), picture.grid, interpolation="nearest")
        outlines = values.landslides.geometry
        width = 0.4 if _are_small(values) else 0.8
        draw_outlines(axes, outlines, "0.1", 2 * width)  # so that they show on bright ground too
        draw_outlines(axes, outlines, OUTLINE, width)
        add_scale_bar_and_north(axes)


def _are_small(values: EventValues) -> bool:
    """Return whether wide outlines would hide most landslides of the picture."""
    pixel_m = values.grid.pixel_m * max(values.grid.shape) / (WIDTH_CM / 2.54 * DPI)
    sizes_px = np.sqrt(values.landslides.area) / pixel_m
    return bool(len(sizes_px)) and float(np.median(sizes_px)) < _SMALL_PX


def draw_probability(writer: FigureWriter, values: EventValues) -> None:
    """Draw the probability, grey where the map is not valid."""
    with writer.figure("probability", _height_cm(values) + 1.5) as figure:
        axes = figure.add_subplot()
        grid = picture_grid(values.grid, max(values.probability.shape))
        shown = show_image(axes, values.probability, grid, cmap="viridis", vmin=0, vmax=1)
        axes.set_facecolor("0.85")
        add_scale_bar_and_north(axes)
        bar = figure.colorbar(shown, ax=axes, label="probability of landslide", **_BAR)
        bar.ax.axvline(values.threshold, color="white", linewidth=2)
        _enlarge_text(figure)


def draw_density(writer: FigureWriter, values: EventValues) -> None:
    """Draw the density of the landslides, if there is one."""
    surface = values.density
    if surface is None:
        return
    with writer.figure("density", _height_cm(values) + 1.5) as figure:
        axes = figure.add_subplot()
        highest = float(np.nanmax(surface.values, initial=0.0)) or 1.0
        shown = show_image(axes, surface.values, surface.grid, cmap="cividis", vmin=0, vmax=highest)
        _frame(axes, values)
        axes.set_facecolor("0.85")
        add_scale_bar_and_north(axes)
        figure.colorbar(shown, ax=axes, label="landslides per km²", **_BAR)
        _enlarge_text(figure)


def draw_sizes(writer: FigureWriter, values: EventValues) -> None:
    """Draw the number of landslides by area."""
    from matplotlib.ticker import MaxNLocator

    areas_m2 = np.asarray(values.landslides.area)
    low, high = (np.log10(limit) for limit in (areas_m2.min(), areas_m2.max()))
    bins = max(1, int(np.ceil((high - low) * _BINS_PER_DECADE + 1e-9)))
    edges = np.logspace(low - 1e-9, low + bins / _BINS_PER_DECADE + 1e-9, bins + 1)
    with writer.figure("sizes", 10.0) as figure:
        axes = figure.add_subplot()
        axes.hist(areas_m2, list(edges), color="#0072B2", edgecolor="white", linewidth=0.6)
        axes.set(xscale="log", xlabel="area of a landslide (m²)", ylabel="landslides")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        as_numbers = axes.yaxis.get_major_formatter()
        label_powers_of_ten(axes)
        axes.yaxis.set_major_formatter(as_numbers)
        axes.yaxis.set_minor_formatter(lambda *_: "")
        style_axes(axes)
        _enlarge_text(figure)


def _frame(axes: Axes, values: EventValues) -> None:
    """Show the ground of the map, so that all maps of the page show the same."""
    left, bottom, right, top = values.grid.bounds
    axes.set(xlim=(left, right), ylim=(bottom, top))


def _enlarge_text(figure: Figure) -> None:
    """Make all text legible in a figure that takes half of the page's width."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_fontsize(_HALF_WIDTH_PT)


def _height_cm(values: EventValues) -> float:
    height_cm = WIDTH_CM * values.grid.height / values.grid.width
    return min(max(height_cm, _LEAST_HEIGHT_CM), _MOST_HEIGHT_CM)
