"""Scale bars, outlines and filled polygons on maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from slidelens.report.figures.cartography import (
    add_scale_bar_and_north,
    add_scale_bar_and_north_above,
    draw_outlines,
    fill_polygons,
    show_image,
)
from support.studies import box, grid_of

GRID = grid_of(40, 60)


def map_axes(width_m: float) -> Axes:
    axes = Figure().add_subplot()
    axes.set(xlim=(0, width_m), ylim=(0, 1000))
    return axes


@pytest.mark.parametrize(
    ("width_m", "length_m", "text"),
    [(1000, 200, "200 m"), (4000, 1000, "1 km"), (30_000, 5000, "5 km"), (20, 10, "10 m")],
)
def test_the_scale_bar_is_round_and_at_most_a_quarter_of_the_map(
    width_m: float, length_m: float, text: str
) -> None:
    """On a map of 20 m the shortest bar, 10 m, is longer than a quarter."""
    for add in (add_scale_bar_and_north, add_scale_bar_and_north_above):
        axes = map_axes(width_m)
        add(axes)
        (bar,) = axes.lines
        assert np.ptp(np.asarray(bar.get_xdata(), float)) == pytest.approx(length_m)
        assert text in [label.get_text().strip() for label in axes.texts]


def test_north_can_be_left_out() -> None:
    axes = map_axes(1000)
    add_scale_bar_and_north(axes, north=False)
    assert [label.get_text() for label in axes.texts] == ["200 m"]


def test_the_rim_shows_beside_the_bar() -> None:
    """A rim of the bar's width or less would be hidden by it."""
    axes = map_axes(1000)
    add_scale_bar_and_north(axes)
    (bar,) = axes.lines
    figure: Any = axes.get_figure()
    canvas: Any = FigureCanvasAgg(figure)  # matplotlib leaves its methods untyped
    canvas.draw()
    image = np.asarray(canvas.buffer_rgba())[..., 0]
    left, bottom = axes.transData.transform(np.asarray(bar.get_xydata(), float)[0])
    around = image[
        image.shape[0] - int(bottom) - 6 : image.shape[0] - int(bottom) + 6, int(left) + 9
    ]
    assert around.min() < 80


def test_images_lie_in_map_coordinates() -> None:
    axes = Figure().add_subplot()
    show_image(axes, np.zeros(GRID.shape), GRID)
    left, bottom, right, top = GRID.bounds
    assert (*axes.get_xlim(), *axes.get_ylim()) == (left, right, bottom, top)


def test_outlines_have_holes_and_unknown_shapes_none() -> None:
    """An outer ring and a hole; None, as for a landslide that has healed, has no ring."""
    ring = box(GRID, 0, 0, 10, 10).difference(box(GRID, 3, 3, 2, 2))
    axes = Figure().add_subplot()
    draw_outlines(axes, [ring, None], "red")
    draw_outlines(axes, None, "red")
    assert [len(lines.get_paths()) for lines in axes.collections] == [2]


def test_holes_are_not_filled() -> None:
    """The pixel in the middle of the image is in the hole, that in its corner is not."""
    ring = box(GRID, 0, 0, 10, 10).difference(box(GRID, 3, 3, 4, 4))
    figure = Figure(figsize=(1, 1), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    left, bottom, right, top = ring.bounds
    axes.set(xlim=(left, right), ylim=(bottom, top))
    fill_polygons(axes, [ring], "red", 1.0)
    axes.set_axis_off()
    canvas: Any = FigureCanvasAgg(figure)  # matplotlib leaves its methods untyped
    canvas.draw()
    image = np.asarray(canvas.buffer_rgba())[..., :3]
    assert image[50, 50].tolist() == [255, 255, 255]
    assert image[10, 10].tolist() == [255, 0, 0]
