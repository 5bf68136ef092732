"""Compare a map with the answer of its own network for the whole image in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rasterio

from slidelens.types import Float32

SIDE_PX = 2048  # of the image: it passes in one go, and holds borders of all tools' windows
EDGE_PX = 256  # tools differ at the edge of the image, where there is no answer to agree on


@dataclass(frozen=True)
class Seam:
    """Differences between a map and the answer for the whole image.

    Attributes:
        largest: Largest absolute difference of probability.
        share: Share of pixels that differ by more than a hundredth.
    """

    largest: float
    share: float


def compare(mapped: Float32, whole: Float32) -> Seam:
    """Return the differences inside EDGE_PX of the edge, where the map has a value.

    Args:
        mapped: (height, width) probability; NaN where there is none.
        whole: (height, width) probability of one pass.
    """
    inside = np.s_[EDGE_PX:-EDGE_PX, EDGE_PX:-EDGE_PX]
    difference = np.abs(mapped[inside] - whole[inside])
    return Seam(float(np.nanmax(difference)), float(np.nanmean(difference > 0.01)))


def read_landslide_probability(path: Path) -> Float32:
    """Read the probability of landslide from a tool's raster.

    Args:
        path: GeoTIFF of one band, or of two classes whose second is landslide; a scale of the band
            is applied. slidelens' second band is the deviation, and it has a scale.
    """
    with rasterio.open(path) as source:
        band = 2 if source.count == 2 and source.scales[0] == 1 else 1
        probability: Float32 = source.read(band).astype(np.float32) * np.float32(
            source.scales[band - 1]
        )
    return probability
