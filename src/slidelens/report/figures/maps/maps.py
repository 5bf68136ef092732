"""Figure 4, one per date: both inventories on the image, and where they agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from slidelens.dataset.parts import TEST
from slidelens.geo.rasterise import polygonise, rasterise
from slidelens.report.figures.cartography import add_scale_bar_and_north, draw_outlines, show_image
from slidelens.report.figures.style import (
    FALSE_ALARM,
    HIT,
    MANUAL,
    MISS,
    PREDICTED,
    WIDTH_CM,
    FigureWriter,
    dim,
    panel_height_cm,
)
from slidelens.report.results import DateResults
from slidelens.types import Mask, UInt8

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Window = tuple[float, float, float, float]  # left, bottom, right, top in metres
_SHARE = 3  # width of the map over that of the window


def draw_maps(writer: FigureWriter, dates: Sequence[DateResults]) -> None:
    """Draw a figure for each date: the whole area above, the densest window below."""
    for results in dates:
        heights_cm = [panel_height_cm(results.grid, 2), WIDTH_CM / 4]
        with writer.figure(f"fig4_map_{results.date}", sum(heights_cm) + 2.5) as figure:
            rows = figure.subplots(2, 2, squeeze=False, height_ratios=heights_cm)
            for (whole, detail), draw in zip(rows.T, (_inventories, _agreement), strict=True):
                draw(whole, results)
                draw(detail, results)
                _zoom(detail, whole, *densest_window(results))


def densest_window(results: DateResults) -> tuple[Window, bool]:
    """Return the window with the most landslide area in the test blocks.

    Other blocks would flatter the map, so they are used only if the test blocks have no landslide.
    The window is a third of the map wide and half as high; of several equal ones the first,
    counted from the upper left, is used.

    Returns:
        The window as left, bottom, right, top in metres, and whether it was chosen on test blocks.
    """
    grid = results.grid
    width = -(-grid.width // _SHARE)
    height = min(-(-width // 2), grid.height)
    shapes = [shape for inventory in results.shapes.values() for shape in inventory]
    landslides = rasterise(shapes, grid) & results.inside
    in_test_blocks = landslides & (results.split_map == TEST)
    counted = in_test_blocks if in_test_blocks.any() else landslides
    sums = np.pad(counted.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    window_sums = (
        sums[height:, width:]
        - sums[:-height, width:]
        - sums[height:, :-width]
        + sums[:-height, :-width]
    )
    row, column = np.unravel_index(window_sums.argmax(), window_sums.shape)
    row, column = _centred(counted, int(row), int(column), height, width)
    left, _, _, top = grid.bounds
    x, y = left + column * grid.pixel_m, top - row * grid.pixel_m
    return (x, y - height * grid.pixel_m, x + width * grid.pixel_m, y), bool(in_test_blocks.any())


def _centred(counted: Mask, row: int, column: int, height: int, width: int) -> tuple[int, int]:
    """Centre the window on its landslides as far as the map's edges allow."""
    landslides = np.argwhere(counted[row : row + height, column : column + width])
    if not len(landslides):
        return row, column
    down, right = np.rint(landslides.mean(axis=0) - (np.array([height, width]) - 1) / 2).astype(int)
    return int(np.clip(row + down, 0, counted.shape[0] - height)), int(
        np.clip(column + right, 0, counted.shape[1] - width)
    )


def _zoom(detail: Axes, whole: Axes, window: Window, on_test: bool) -> None:
    """Show the window in the lower axes and frame it in the upper ones."""
    from matplotlib.patches import Rectangle

    left, bottom, right, top = window
    whole.add_patch(
        Rectangle(
            (left, bottom), right - left, top - bottom, fill=False, edgecolor="white", linewidth=1.3
        )
    )
    detail.set(xlim=(left, right), ylim=(bottom, top))
    reason = (
        "most landslide area in test blocks"
        if on_test
        else "no landslide in test blocks; whole area used"
    )
    detail.set_title(f"the frame above: {reason}", loc="left")
    add_scale_bar_and_north(whole)
    add_scale_bar_and_north(detail, north=False)
    detail.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=4,
        frameon=False,
        handlelength=1.4,
        columnspacing=1.0,
    )


def _inventories(axes: Axes, results: DateResults) -> None:
    show_image(axes, results.image, results.grid)
    # The manual line is thinner and on top, so that both show where they coincide.
    for name, colour, width in (("predicted", PREDICTED, 1.5), ("manual", MANUAL, 0.6)):
        if name in results.shapes:
            draw_outlines(axes, results.shapes[name], colour, width)
            axes.plot(
                [],
                [],
                color=colour,
                linewidth=2 * width,
                label=f"{name} ({len(results.shapes[name])})",
            )
    suffix = "" if results.manual is not None else " (not mapped by hand)"
    axes.set_title(f"{results.date}: inventories{suffix}", loc="left")
    _test_blocks(axes, results)


def _agreement(axes: Axes, results: DateResults) -> None:
    f1 = results.scores["after"]["f1"]
    show_image(axes, agreement_image(results), results.grid, interpolation="nearest")
    if results.manual is not None:
        for name, colour in (("hit", HIT), ("missed", MISS), ("false alarm", FALSE_ALARM)):
            axes.plot([], [], color=colour, linewidth=4, label=name)
    score = f"F1 {f1:.2f} on the test blocks" if f1 is not None else results.scores["after"]["why"]
    axes.set_title(f"agreement: {score}", loc="left")
    _test_blocks(axes, results)


def _test_blocks(axes: Axes, results: DateResults) -> None:
    draw_outlines(
        axes, polygonise(results.split_map == TEST, results.grid), "white", 0.7, (0, (4, 3))
    )
    axes.plot([], [], color="0.7", linestyle=(0, (2, 1.5)), label="test blocks")


def agreement_image(results: DateResults) -> UInt8:
    """Return (height, width, 3): the dimmed image with hits, misses and false alarms.

    A date without a manual inventory is only dimmed.
    """
    from matplotlib.colors import to_rgb

    picture = dim(results.image, results.valid)
    if results.manual is None:
        return picture
    manual, predicted = (
        rasterise(results.shapes[name], results.grid) & results.inside
        for name in ("manual", "predicted")
    )
    for mask, colour in (
        (manual & predicted, HIT),
        (manual & ~predicted, MISS),
        (~manual & predicted, FALSE_ALARM),
    ):
        picture[mask] = np.array(to_rgb(colour)) * 255
    return picture
