"""Figure 4, a date at a time: the image with both inventories, and where they agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from slidelens.geo.mask import polygonise, rasterise
from slidelens.learning.split import TEST
from slidelens.report.furniture import (
    FALSE_ALARM,
    HIT,
    MANUAL,
    MISS,
    PREDICTED,
    Sheet,
    dimmed,
    draw_outlines,
    furnish,
    panel_height_cm,
    panels,
    show_image,
)
from slidelens.report.mapped import MappedDate

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_maps(sheet: Sheet, dates: Sequence[MappedDate]) -> None:
    """Draw a figure for each date."""
    for mapped in dates:
        with sheet.figure(f"fig4_map_{mapped.date}", panel_height_cm(mapped.grid, 2) + 1.5) as figure:
            inventories, agreement = panels(figure, 2, 2)
            _inventories(inventories, mapped)
            _agreement(agreement, mapped)


def _inventories(axes: Axes, mapped: MappedDate) -> None:
    show_image(axes, mapped.image, mapped.grid)
    for name, colour in (("manual", MANUAL), ("predicted", PREDICTED)):
        if name in mapped.shapes:
            draw_outlines(axes, mapped.shapes[name], colour)
            axes.plot([], [], color=colour, label=f"{name} ({len(mapped.shapes[name])})")
    axes.set_title(f"{mapped.date}: inventories{'' if mapped.manual is not None else ' (not mapped by hand)'}", loc="left")
    _finish(axes, mapped)


def _agreement(axes: Axes, mapped: MappedDate) -> None:
    f1 = mapped.scores["after"]["f1"]
    show_image(axes, agreement_image(mapped), mapped.grid, interpolation="nearest")
    if mapped.manual is not None:
        for name, colour in (("hit", HIT), ("missed", MISS), ("false alarm", FALSE_ALARM)):
            axes.plot([], [], color=colour, linewidth=4, label=name)
    told = f"F1 {f1:.2f} on the test blocks" if f1 is not None else mapped.scores["after"]["why"]
    axes.set_title(f"agreement: {told}", loc="left")
    _finish(axes, mapped)


def _finish(axes: Axes, mapped: MappedDate) -> None:
    draw_outlines(axes, polygonise(mapped.parts == TEST, mapped.grid), "white", 0.7, (0, (4, 3)))
    axes.plot([], [], color="0.7", linestyle=(0, (2, 1.5)), label="test blocks")
    furnish(axes)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=4, frameon=False, handlelength=1.4, columnspacing=1.0)


def agreement_image(mapped: MappedDate) -> NDArray[np.uint8]:
    """(height, width, 3) the dimmed image with hits, misses and false alarms inside the area; only dimmed where nothing is known."""
    from matplotlib.colors import to_rgb

    picture = dimmed(mapped.image)
    if mapped.manual is None:
        return picture
    manual, predicted = (rasterise(mapped.shapes[name], mapped.grid) & mapped.inside for name in ("manual", "predicted"))
    for mask, colour in ((manual & predicted, HIT), (manual & ~predicted, MISS), (~manual & predicted, FALSE_ALARM)):
        picture[mask] = np.array(to_rgb(colour)) * 255
    return picture
