"""What a network may learn from: pixels and labels of one source or of several."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import binary_dilation

from slidelens.dataset.change_channels import ChangeLayout
from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.errors import ParamsError
from slidelens.learning.data.pixels import PixelSource, visible_pixels
from slidelens.types import Float32, Float64, Mask, UInt8


@dataclass(frozen=True)
class TrainingData:
    """Standardised pixels and labels that a network may see.

    Attributes:
        pixels: (height, width, bands), 0 where hidden or nodata, or the source of such pixels.
        labels: (height, width) 0, 1 or UNKNOWN, as everywhere outside the blocks to learn from.
        tile_px: Side of the tiles of a mosaic, whose neighbours lie elsewhere, so that no patch
            crosses them; None for an image.
        change: Which bands are the change since an earlier image; None if none is.
    """

    pixels: Float32 | PixelSource
    labels: UInt8
    tile_px: int | None = None
    change: ChangeLayout | None = None

    @property
    def bands(self) -> int:
        """Number of bands."""
        bands: int = self.pixels.shape[2]
        return bands

    def mask_outlines(self, margin_px: int) -> TrainingData:
        """Return the data with labels near outlines masked, see `mask_outlines`."""
        return mask_outlines(self, margin_px)


def hide_outside(
    pixels: Float32,
    labels: UInt8,
    visible: Mask,
    labelled: Mask,
    tile_px: int | None = None,
    change: ChangeLayout | None = None,
) -> TrainingData:
    """Hide all pixels outside one mask, and all labels outside another.

    Hidden pixels look like nodata, so that no test pixel reaches the network, not even next to a
    training block.

    Args:
        pixels: (height, width, bands) standardised.
        labels: (height, width) 0, 1 or UNKNOWN.
        visible: (height, width) pixels that may be seen.
        labelled: (height, width) pixels whose labels may be seen.
        tile_px: Side of the tiles of a mosaic; None for an image.
        change: Which bands are the change since an earlier image; None if none is.
    """
    return TrainingData(
        np.where(visible[..., None], pixels, np.float32(0)),
        np.where(labelled & visible, labels, np.uint8(UNKNOWN)),
        tile_px,
        change,
    )


def training_data(prepared: Prepared, visible: Mask, labelled: Mask) -> TrainingData:
    """Return what `hide_outside` returns of prepared data.

    Args:
        prepared: Prepared data; hidden pixels do not count as surroundings.
        visible: (height, width) pixels that may be seen.
        labelled: (height, width) pixels whose labels may be seen.
    """
    labels = np.where(labelled & visible, prepared.labels, np.uint8(UNKNOWN))
    change = ChangeLayout.of(prepared.scene.bands)
    return TrainingData(visible_pixels(prepared, visible), labels, prepared.tile_px, change)


def mask_outlines(data: TrainingData, margin_px: int) -> TrainingData:
    """Set labels to UNKNOWN near the outlines between landslide and background.

    Outlines are accurate to about a pixel only. Use it for training data, not for validation.

    Args:
        data: Training data.
        margin_px: Width on either side of an outline, pixels, in steps along rows and columns.

    Raises:
        ParamsError: No landslide pixel is left of those that there were.
    """
    if margin_px == 0:
        return data
    labels, side = data.labels.copy(), data.tile_px or max(data.labels.shape)
    for row in range(0, labels.shape[0], side):
        for column in range(0, labels.shape[1], side):
            tile = labels[row : row + side, column : column + side]
            landslide, background = (
                binary_dilation(tile == label, iterations=margin_px) for label in (1, 0)
            )
            tile[landslide & background] = UNKNOWN
    if (data.labels == 1).any() and not (labels == 1).any():
        raise ParamsError(
            f"learning.margin_px {margin_px} leaves no landslide pixel in the training blocks; "
            "make it smaller"
        )
    return replace(data, labels=labels)


@dataclass(frozen=True)
class Mixture:
    """Training data of several sources, of which patches are drawn by weight.

    Attributes:
        names: Name of each source.
        sources: Training data of each source, all of the same bands.
        weights: Positive weights of the sources; any scale.
    """

    names: tuple[str, ...]
    sources: tuple[TrainingData, ...]
    weights: tuple[float, ...]

    @property
    def bands(self) -> int:
        """Number of bands."""
        return self.sources[0].bands

    @property
    def shares(self) -> Float64:
        """Share of each source in the patches; they sum to 1."""
        shares: Float64 = np.array(self.weights, np.float64) / sum(self.weights)
        return shares

    def mask_outlines(self, margin_px: int) -> Mixture:
        """Return the sources with labels near outlines masked, see `mask_outlines`."""
        masked = tuple(mask_outlines(source, margin_px) for source in self.sources)
        return replace(self, sources=masked)
