"""What a user chooses for a map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from slidelens.errors import ParamsError
from slidelens.layers.vector_formats import VectorFormat, require_format
from slidelens.learning.tiling.tile_loading import Engine, Precision

EXPECTED = "expected"
Standardisation = Literal["weights", "means", "scene"]
STANDARDISATIONS = ("weights", "means", "scene")


@dataclass(frozen=True, kw_only=True)
class MapOptions:
    """What a user chooses for a map.

    Attributes:
        dem: Elevation raster.
        before: Earlier image of the ground, for weights that use the change since it.
        threshold: Probability from which a pixel is landslide, `expected`, or None: that of the
            weights.
        min_area_m2: Fragments smaller than this are left out.
        merge_fragments: Merge the fragments of a landslide as the pipeline does.
        standardise: By the training data (`weights`), by the scene's means (`means`), or by its
            means and standard deviations (`scene`).
        engine: What computes the network.
        precision: Precision of the convolutions.
        format: Format of the inventory's files: `gpkg`, `parquet` or `fgb`.

    Raises:
        ParamsError: A value is out of range.
    """

    dem: Path | None = None
    before: Path | None = None
    threshold: float | str | None = None
    min_area_m2: float = 200.0
    merge_fragments: bool = True
    standardise: Standardisation = "weights"
    engine: Engine = "auto"
    precision: Precision = "auto"
    format: VectorFormat = "gpkg"

    def __post_init__(self) -> None:
        threshold = self.threshold
        if isinstance(threshold, float | int) and not 0 < threshold < 1:
            raise ParamsError(f"threshold is {threshold:g}; give a number between 0 and 1")
        if isinstance(threshold, str) and threshold != EXPECTED:
            raise ParamsError(f"threshold is {threshold}; give a number or `{EXPECTED}`")
        if not 0 <= self.min_area_m2 < math.inf:
            raise ParamsError(f"min_area_m2 is {self.min_area_m2:g}; give an area of 0 m² or more")
        if self.standardise not in STANDARDISATIONS:
            raise ParamsError(
                f"standardise is {self.standardise}; give one of {', '.join(STANDARDISATIONS)}"
            )
        require_format(self.format)
