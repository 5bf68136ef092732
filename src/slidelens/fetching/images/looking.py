"""Look at images as a whole, in large pixels: how much is clear, and how dark the dark ones are."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from affine import Affine

from slidelens.fetching.images.image import Image, Source
from slidelens.fetching.images.offset import OffsetDecision, decide_offset, describe_doubt
from slidelens.fetching.images.pixels import is_clear, over, read_clear
from slidelens.fetching.images.reading import MissingFileError, read_bands
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise
from slidelens.geo.windowed import Part, whole
from slidelens.layers.sentinel2_offset import DARKEST, FEWEST_PX
from slidelens.types import Mask

log = logging.getLogger(__name__)

_SIDE_PX = 1024  # of the grid that images are looked at on
CLEAR_ENOUGH = 0.995  # share of the area from which no other image is looked at


@dataclass(frozen=True)
class Look:
    """An image as a whole.

    Attributes:
        image: The image.
        clear_share: Share of the area that is seen without clouds and shadows, 0 to 1.
        seen_share: Share of the area that is seen, clouds and shadows too, 0 to 1.
    """

    image: Image
    clear_share: float
    seen_share: float


class Looker:
    """Looks at images of an area.

    Attributes:
        grid: Grid of large pixels.
        missing: Why items are left out, by id: a file of theirs is not there.
    """

    def __init__(self, area: shapely.Geometry, grid: Grid) -> None:
        """Choose large pixels.

        Args:
            area: The area, in the CRS of the grid.
            grid: Grid of the scenes.
        """
        self.grid = _coarse(grid)
        self.missing: dict[str, str] = {}
        self._inside: Mask = rasterise([area], self.grid)
        if not self._inside.any():  # an area smaller than a pixel
            self._inside = np.ones(self.grid.shape, bool)

    @property
    def _whole(self) -> Part:
        return whole(self.grid.shape)

    def look(self, image: Image) -> Look:
        """Return how much of the area an image shows, without items whose files are missing.

        Raises:
            SceneError: A file cannot be read.
        """
        seen, clear = np.zeros(self.grid.shape, bool), np.zeros(self.grid.shape, bool)
        for source in over(image, self.grid, self._whole):
            band = source.classes or next(iter(source.bands.values()))
            try:
                (values,) = read_bands(source.item, [band], self.grid, None, "nearest")
            except MissingFileError as error:
                self.leave_out(error)
                continue
            new = np.isfinite(values) & (values != 0) & ~seen
            clear |= new if source.classes is None else new & is_clear(values)
            seen |= new
        shares = (float(mask[self._inside].mean()) for mask in (clear, seen))
        there = tuple(each for each in image.sources if each.name not in self.missing)
        return Look(replace(image, sources=there), *shares)

    def leave_out(self, error: MissingFileError) -> None:
        """Leave an item out from now on, with a warning."""
        log.warning("%s is left out: %s", error.item, error)
        self.missing[error.item] = str(error)

    def look_at_all(self, images: Sequence[Image], until_clear: bool) -> Iterator[Look]:
        """Yield what images show, those with less stated cloud first.

        Args:
            images: Images.
            until_clear: Whether to stop at the first that is almost wholly clear.
        """
        order = sorted(images, key=lambda image: (_stated(image), image.day, image.platform))
        for image in order:
            look = self.look(image)
            yield look
            if until_clear and look.clear_share >= CLEAR_ENOUGH:
                return

    def decide(self, image: Image) -> dict[str, OffsetDecision]:
        """Decide on the offset of the items of Sentinel-2, and warn where that is doubtful."""
        decisions = {}
        for source in over(image, self.grid, self._whole):
            if source.is_sentinel2:
                decision = decide_offset(source, self._dark(source))
                if doubt := describe_doubt(source, decision):
                    log.warning("%s", doubt)
                decisions[source.name] = decision
        return decisions

    def _dark(self, source: Source) -> dict[str, float]:
        """Return the stored values of the darkest hundredth of the clear pixels, by band."""
        layers = read_bands(source.item, list(source.bands.values()), self.grid)
        clear = read_clear(source, self.grid, self._whole) & np.isfinite(layers).all(axis=0)
        clear &= (layers > 0).all(axis=0)
        if clear.sum() < FEWEST_PX:
            return {}
        return {
            name: float(np.quantile(layer[clear], DARKEST))
            for name, layer in zip(source.bands, layers, strict=True)
        }


def _stated(image: Image) -> float:
    return 101.0 if image.cloud_cover is None else image.cloud_cover


def _coarse(grid: Grid) -> Grid:
    """Return a grid over the same ground, of at most 1024 pixels a side."""
    step = -(-max(grid.shape) // _SIDE_PX)
    large = grid.transform @ Affine.scale(step)
    return Grid(grid.crs, large, -(-grid.height // step), -(-grid.width // step))
