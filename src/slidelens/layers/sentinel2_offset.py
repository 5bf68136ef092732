"""Tell by pixels of Sentinel-2 whether 1,000 was added to them (processing baseline 04.00).

Shadow, water and forest have a reflectance near 0 in some band. So values below 750 in the darkest
hundredth of a band say that the offset is not there, and those of every visible band between 900
and 1,500 that it is. Bright ground and haze may look so too. Anything else tells nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from slidelens.escaping import counted
from slidelens.types import Mask

DARKEST = 0.01  # share of the pixels of a band that are its darkest
FEWEST_PX = 500  # pixels from which a hundredth is enough to tell
_NEVER_WITH = 750.0
_WITH = (900.0, 1500.0)
_VISIBLE = ("coastal", "blue", "green", "red", "b01", "b02", "b03", "b04", "b1", "b2", "b3", "b4")
_STRAYS = 0.05  # share of images that may look so by haze


def carries_offset(dark: Mapping[str, float]) -> bool | None:
    """Return whether pixels carry the offset; None if they do not tell.

    Args:
        dark: Stored value below which the darkest hundredth of the pixels lies, by optical band.
    """
    if not dark:
        return None
    if min(dark.values()) < _NEVER_WITH:
        return False
    levels = visible_levels(dark)
    return True if _WITH[0] <= min(levels) and max(levels) <= _WITH[1] else None


def visible_levels(dark: Mapping[str, float]) -> list[float]:
    """Return the levels of the visible bands; of all bands if none is visible."""
    visible = [value for name, value in dark.items() if name.lower() in _VISIBLE]
    return visible or list(dark.values())


@dataclass
class OffsetCounts:
    """Images that carry the offset, and those that do not, of a training set.

    Attributes:
        names: The bands; those that are not optical are "".
        carrying: Number of images with the offset.
        free: Number without it.
    """

    names: Sequence[str]
    carrying: int = 0
    free: int = 0

    def add(self, values: NDArray[Any], valid: Mask) -> None:
        """Count an image.

        Args:
            values: (height, width, bands).
            valid: (height, width).
        """
        if valid.sum() < FEWEST_PX:
            return
        levels = np.quantile(values[valid], DARKEST, axis=0)
        dark = {name: float(level) for name, level in zip(self.names, levels, strict=True) if name}
        carries = carries_offset(dark)
        self.carrying += carries is True
        self.free += carries is False

    def describe(self) -> str | None:
        """Return a line if more than a few images carry the offset; else None."""
        told = self.carrying + self.free
        if self.carrying <= _STRAYS * told:
            return None
        return (
            f"{self.carrying} of {counted(told, 'image')} look as if 1000 was added to the values"
            " (Sentinel-2's processing baseline 04.00)"
        )
