"""Read the change of a scene since an earlier image, for networks that use it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from slidelens.analysis.radiometry.histogram_matching import FEWEST
from slidelens.dataset.change_channels import change_between, with_change
from slidelens.dataset.standardisation import BandStatistics
from slidelens.errors import SceneError
from slidelens.geo.grid import Grid
from slidelens.geo.rasters.header import Header
from slidelens.geo.rasters.scene import Scene, read_part
from slidelens.geo.windowed import Part, chunks
from slidelens.learning.tiling.moments import Moments, combine_moments, moments_of


@dataclass(frozen=True)
class EarlierScene:
    """An image of the same ground, taken before the scene.

    Attributes:
        header: The image.
        moments: Statistics of the bands on the ground that both show, of the scene and of it.
    """

    header: Header
    moments: tuple[BandStatistics, BandStatistics]

    def add_change(self, scene: Scene, grid: Grid, part: Part) -> Scene:
        """Return a part of the scene with its change; it is missing where one image shows nothing.

        Args:
            scene: The part; it may have other bands too.
            grid: The whole grid.
            part: Rows and columns of the grid.
        """
        bands = self.moments[0].bands
        earlier, _ = read_part(self.header, grid, bands, part)
        later = scene.pixels[..., [scene.bands.index(band) for band in bands]]
        known = scene.valid & earlier.valid
        return with_change(scene, change_between(later, earlier.pixels, known, self.moments), bands)


def open_earlier(scene: Header, earlier: Header, grid: Grid, bands: Sequence[str]) -> EarlierScene:
    """Compare the brightness of a scene and an earlier image on all the ground that both show.

    Args:
        scene: The scene.
        earlier: The earlier image.
        grid: Grid of the map.
        bands: Names of the bands whose change the network uses.

    Raises:
        SceneError: The earlier image lacks a band, or both show hardly any common ground.
    """
    earlier.require_bands(bands)
    both = list(_common_moments(scene, earlier, grid, bands))
    later_moments, earlier_moments = (
        combine_moments(tuple(bands), (pair[index] for pair in both)) for index in (0, 1)
    )
    if later_moments.pixels < FEWEST:
        raise SceneError(
            f"{scene.path} and the earlier image {earlier.path} share {later_moments.pixels} valid "
            f"pixels, {FEWEST} are needed; give an image of the same ground, or leave it out"
            " (before, --before)"
        )
    return EarlierScene(earlier, (later_moments, earlier_moments))


def _common_moments(
    scene: Header, earlier: Header, grid: Grid, bands: Sequence[str]
) -> Iterator[tuple[Moments, Moments]]:
    for part in chunks(grid.shape):
        both = [read_part(header, grid, bands, part)[0] for header in (scene, earlier)]
        known = np.logical_and(*(image.valid for image in both))
        later, before = (moments_of(image.pixels[known]) for image in both)
        yield later, before
