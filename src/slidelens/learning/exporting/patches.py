"""Compute the probabilities of patches that come without a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from affine import Affine
from rasterio.crs import CRS

from slidelens.dataset.change_channels import leave_change, standardise_around
from slidelens.dataset.standardisation import compute_band_statistics, standardise
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.scene import Scene
from slidelens.learning.inference.tile_predictor import TilePredictor
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import predict_scene
from slidelens.learning.networks.layers import STRIDE
from slidelens.study.images.channels import SLOPE, add_channels, bands_to_read
from slidelens.types import Float32, Mask


@dataclass(frozen=True)
class PatchPredictor:
    """A network as a function of patches, each of which is taken for a whole scene.

    Attributes:
        metadata: Metadata of its weights.
        tiles: The network.
    """

    metadata: WeightsMetadata
    tiles: TilePredictor

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands of a patch, in order; slope is one of them if the network needs it."""
        return patch_bands(self.metadata)

    def predict(self, pixels: Float32) -> Float32:
        """Return the probability of each pixel; 0 where a pixel is not finite or 0 in all bands.

        Args:
            pixels: (height, width, bands) values as in a file, any height and width.
        """
        finite = np.isfinite(pixels)
        valid: Mask = finite.all(axis=-1) & (pixels != 0).any(axis=-1)
        if not valid.any():
            return np.zeros(valid.shape, np.float32)
        pixels = np.where(valid[..., None], pixels, np.float32(0)).astype(np.float32)
        side = self.metadata.pixel_m
        place = Affine.scale(side, -side)
        grid = Grid(CRS.from_epsg(6933), place, *valid.shape)  # anywhere
        channels = self.metadata.statistics.bands
        scene = add_channels(Scene(grid, self.bands, pixels, valid), channels)
        output, _ = predict_scene(self._standardise(scene), self.tiles, STRIDE)
        return np.where(valid, self.metadata.calibration(output), np.float32(0))

    def _standardise(self, scene: Scene) -> Float32:
        if side := self.metadata.local_window_px:
            levels = self.metadata.statistics
            return standardise_around(scene.pixels, scene.valid, side, scene.bands, levels)
        statistics = self.metadata.statistics
        if self.metadata.uses_own_statistics:
            statistics = leave_change(
                compute_band_statistics(scene.pixels, scene.valid, scene.bands, "the patch")
            )
        return standardise(scene.pixels, scene.valid, statistics)


def patch_bands(metadata: WeightsMetadata) -> tuple[str, ...]:
    """Return the names of the bands of a patch, in order."""
    return bands_to_read(metadata.statistics.bands, (SLOPE,))
