"""Figure 4, a date at a time: the image with both inventories, and where they agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

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
from slidelens.report.results import MappedDate
from slidelens.types import Mask

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Place = tuple[float, float, float, float]  # left, bottom, right, top in the map's metres
_SHARE = 3  # the map is so many times as wide as what is shown near by


def draw_maps(sheet: FigureWriter, dates: Sequence[MappedDate]) -> None:
    """Draw a figure for each date: the whole area above, below it the place with the most landslide in test blocks."""
    for mapped in dates:
        heights_cm = [panel_height_cm(mapped.grid, 2), WIDTH_CM / 4]
        with sheet.figure(f"fig4_map_{mapped.date}", sum(heights_cm) + 2.5) as figure:
            rows = figure.subplots(2, 2, squeeze=False, height_ratios=heights_cm)
            for (whole, near), draw in zip(rows.T, (_inventories, _agreement), strict=True):
                draw(whole, mapped)
                draw(near, mapped)
                _zoom(near, whole, *densest(mapped))


def densest(mapped: MappedDate) -> tuple[Place, bool]:
    """The place with the most ground within test blocks that either inventory has, and True; on all ground and False where they have none.

    Training ground would flatter the map. A third of the map wide and half as high; the first of several, so in the upper left where there is no landslide.
    """
    grid = mapped.grid
    width = -(-grid.width // _SHARE)
    height = min(-(-width // 2), grid.height)
    shapes = [shape for inventory in mapped.shapes.values() for shape in inventory]
    landslides = rasterise(shapes, grid) & mapped.inside
    tested = landslides & (mapped.parts == TEST)
    shown = tested if tested.any() else landslides
    ground = np.pad(shown.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    held = (
        ground[height:, width:]
        - ground[:-height, width:]
        - ground[height:, :-width]
        + ground[:-height, :-width]
    )
    row, column = np.unravel_index(held.argmax(), held.shape)
    row, column = _centred(shown, int(row), int(column), height, width)
    left, _, _, top = grid.bounds
    x, y = left + column * grid.pixel_m, top - row * grid.pixel_m
    return (x, y - height * grid.pixel_m, x + width * grid.pixel_m, y), bool(tested.any())


def _centred(ground: Mask, row: int, column: int, height: int, width: int) -> tuple[int, int]:
    """Where the window stands with what it holds in its middle, as far as the map's edge lets it."""
    held = np.argwhere(ground[row : row + height, column : column + width])
    if not len(held):
        return row, column
    down, right = np.rint(held.mean(axis=0) - (np.array([height, width]) - 1) / 2).astype(int)
    return int(np.clip(row + down, 0, ground.shape[0] - height)), int(
        np.clip(column + right, 0, ground.shape[1] - width)
    )


def _zoom(near: Axes, whole: Axes, place: Place, on_test: bool) -> None:
    """Show a place of the whole near by, and frame it there; the legend stands below both."""
    from matplotlib.patches import Rectangle

    left, bottom, right, top = place
    whole.add_patch(
        Rectangle(
            (left, bottom), right - left, top - bottom, fill=False, edgecolor="white", linewidth=1.3
        )
    )
    near.set(xlim=(left, right), ylim=(bottom, top))
    told = (
        "most landslide in test blocks"
        if on_test
        else "no landslide in test blocks, so on all ground"
    )
    near.set_title(f"the frame above: {told}", loc="left")
    add_scale_bar_and_north(whole)
    add_scale_bar_and_north(near, north=False)
    near.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, -0.01),
        ncols=4,
        frameon=False,
        handlelength=1.4,
        columnspacing=1.0,
    )


def _inventories(axes: Axes, mapped: MappedDate) -> None:
    show_image(axes, mapped.image, mapped.grid)
    # The manual line is thin and above: where both lie on each other it is the core of the other.
    for name, colour, width in (("predicted", PREDICTED, 1.5), ("manual", MANUAL, 0.6)):
        if name in mapped.shapes:
            draw_outlines(axes, mapped.shapes[name], colour, width)
            axes.plot(
                [],
                [],
                color=colour,
                linewidth=2 * width,
                label=f"{name} ({len(mapped.shapes[name])})",
            )
    axes.set_title(
        f"{mapped.date}: inventories{'' if mapped.manual is not None else ' (not mapped by hand)'}",
        loc="left",
    )
    _test_blocks(axes, mapped)


def _agreement(axes: Axes, mapped: MappedDate) -> None:
    f1 = mapped.scores["after"]["f1"]
    show_image(axes, agreement_image(mapped), mapped.grid, interpolation="nearest")
    if mapped.manual is not None:
        for name, colour in (("hit", HIT), ("missed", MISS), ("false alarm", FALSE_ALARM)):
            axes.plot([], [], color=colour, linewidth=4, label=name)
    told = f"F1 {f1:.2f} on the test blocks" if f1 is not None else mapped.scores["after"]["why"]
    axes.set_title(f"agreement: {told}", loc="left")
    _test_blocks(axes, mapped)


def _test_blocks(axes: Axes, mapped: MappedDate) -> None:
    draw_outlines(axes, polygonise(mapped.parts == TEST, mapped.grid), "white", 0.7, (0, (4, 3)))
    axes.plot([], [], color="0.7", linestyle=(0, (2, 1.5)), label="test blocks")


def agreement_image(mapped: MappedDate) -> NDArray[np.uint8]:
    """(height, width, 3) the dimmed image with hits, misses and false alarms inside the area; only dimmed where nothing is known."""
    from matplotlib.colors import to_rgb

    picture = dim(mapped.image, mapped.valid)
    if mapped.manual is None:
        return picture
    manual, predicted = (
        rasterise(mapped.shapes[name], mapped.grid) & mapped.inside
        for name in ("manual", "predicted")
    )
    for mask, colour in (
        (manual & predicted, HIT),
        (manual & ~predicted, MISS),
        (~manual & predicted, FALSE_ALARM),
    ):
        picture[mask] = np.array(to_rgb(colour)) * 255
    return picture
