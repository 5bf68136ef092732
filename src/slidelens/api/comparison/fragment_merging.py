"""Merge the fragments of landslides with rasters that are read for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import shapely
from rasterio.crs import CRS

from slidelens.analysis.outlines.fragment_rules import FragmentContext, FragmentRules
from slidelens.analysis.outlines.fragments import merge_fragments
from slidelens.errors import ParamsError
from slidelens.geo.grid import covering_grid
from slidelens.layers.elevation import read_elevation
from slidelens.layers.probability import read_probability_on
from slidelens.types import Shapes

_MAX_PIXELS = 1e8


@dataclass(frozen=True, kw_only=True)
class FragmentMerging:
    """How to merge the fragments of landslides.

    Attributes:
        rules: Which fragments are of one landslide.
        dem: Elevation raster; fragments are merged down the slope, without it along their axes.
        probability: Probability map that was outlined; it is read in the gaps.
        threshold: Probability from which a pixel of that map was landslide.
        pixel_m: Pixel of the grid on which the rasters are read, metres.

    Raises:
        ParamsError: If the threshold is not between 0 and 1, or of no probability map.
    """

    rules: FragmentRules = field(default_factory=FragmentRules)
    dem: Path | None = None
    probability: Path | None = None
    threshold: float | None = None
    pixel_m: float = 5.0

    def __post_init__(self) -> None:
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise ParamsError(
                f"threshold (--threshold) is {self.threshold:g}; give a probability between 0 and 1"
            )
        if self.threshold is not None and self.probability is None:
            raise ParamsError(
                "threshold (--threshold) has no use without probability (--probability); give both"
            )

    def merge(self, fragments: Shapes, crs: CRS) -> Shapes:
        """Return the landslides that fragments are of.

        Args:
            fragments: (n,) polygons.
            crs: Their CRS, in metres.

        Raises:
            ParamsError: If the probability map has no threshold, or pixels are too many.
            SceneError: If a raster cannot be read.
        """
        return merge_fragments(fragments, self.rules, self._read_context(fragments, crs)).shapes

    def _read_context(self, fragments: Shapes, crs: CRS) -> FragmentContext | None:
        """Read the rasters on one grid over the fragments."""
        if not len(fragments) or (self.dem is None and self.probability is None):
            return None
        if self.probability is not None and self.threshold is None:
            raise ParamsError(
                "probability (--probability) needs the threshold that its pieces were mapped with; "
                "give threshold (--threshold), such as 0.5"
            )
        left, bottom, right, top = shapely.total_bounds(fragments)
        pixels = (right - left) / self.pixel_m * ((top - bottom) / self.pixel_m)
        if pixels > _MAX_PIXELS:
            raise ParamsError(
                f"pixels of {self.pixel_m:g} m make {pixels:.2g} of them over the pieces; "
                "give larger ones with pixel_m (--pixel-m)"
            )
        grid = covering_grid((left, bottom, right, top), crs, self.pixel_m)
        return FragmentContext(
            grid=grid,
            probability=(
                None if self.probability is None else read_probability_on(self.probability, grid)
            ),
            threshold=self.threshold,
            elevation_m=None if self.dem is None else read_elevation(self.dem, grid),
        )
