"""Pixels that a network learns from, in memory or read part by part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from slidelens.dataset.prepared import Prepared
from slidelens.geo.windowed import Part, whole
from slidelens.types import Float32, Int64, Mask, UInt8


class PixelSource(Protocol):
    """(height, width, bands) pixels that are read part by part."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and bands."""

    def read(self, part: Part) -> Float32:
        """Return the pixels of some rows and columns."""


@dataclass(frozen=True)
class VisiblePixels:
    """The standardised pixels of prepared data, hidden outside a mask.

    Attributes:
        prepared: Prepared data, not standardised by surroundings.
        visible: (height, width) pixels that may be seen.
    """

    prepared: Prepared
    visible: Mask

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and bands."""
        height, width = self.visible.shape
        return height, width, len(self.prepared.scene.bands)

    def read(self, part: Part) -> Float32:
        """Return the pixels of some rows and columns, 0 where hidden or not valid."""
        pixels = self.prepared.standardised_part(part)
        pixels[~self.visible[part]] = 0
        return pixels


def visible_pixels(prepared: Prepared, visible: Mask) -> Float32 | PixelSource:
    """Return the standardised pixels of prepared data, 0 where hidden or not valid.

    Hidden pixels do not count as surroundings.

    Args:
        prepared: Prepared data.
        visible: (height, width) pixels that may be seen.

    Returns:
        (height, width, bands), or their source if they are not held in memory.
    """
    if not prepared.is_held:
        return VisiblePixels(prepared, visible)
    pixels = prepared.standardised(seen=visible)
    return np.where(visible[..., None], pixels, np.float32(0))


def read_pixels(pixels: Float32 | PixelSource, part: Part | None = None) -> Float32:
    """Return the pixels of some rows and columns; all by default."""
    part = whole((pixels.shape[0], pixels.shape[1])) if part is None else part
    return pixels[part] if isinstance(pixels, np.ndarray) else pixels.read(part)


class KnownPixels:
    """The flat indices of the pixels that are not of one value, in their order.

    They are looked up when one is asked for: a list of them would take more than the image.
    """

    def __init__(self, labels: UInt8, but: int) -> None:
        """Count the pixels of each row.

        Args:
            labels: (height, width) bytes.
            but: Value of the pixels that are left out.
        """
        self.labels, self.but = labels, but
        in_row: Int64 = np.count_nonzero(labels != but, axis=1).astype(np.int64)
        self._before = np.concatenate([[0], in_row.cumsum()])

    def __len__(self) -> int:
        return int(self._before[-1])

    def __getitem__(self, position: int) -> int:
        row = int(np.searchsorted(self._before, position, "right")) - 1
        columns = np.flatnonzero(self.labels[row] != self.but)
        width: int = self.labels.shape[1]
        return row * width + int(columns[position - self._before[row]])
