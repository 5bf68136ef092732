"""Thresholds and context for merging the fragments of a landslide."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from slidelens.errors import GridError, ParamsError
from slidelens.geo.grid import Grid

Image = NDArray[np.floating]


@dataclass(frozen=True)
class FragmentRules:
    """What counts as one landslide body.

    max_gap_m: pieces further apart are two landslides, metres; 0 joins none
    max_angle_deg: how far the line between two pieces may be from straight down the slope, or from their axis, degrees
    minimum_support: least odds of the mean probability across the gap, as a share of the odds of the map's threshold, ≥ 0
    minimum_support_by_axis: the same where only the axes tell the direction, which is much weaker evidence than the slope
    max_hole_m2: holes up to this are filled, m²; 0 fills none
    neck_m: width of the strip that joins pieces, metres; 0 leaves them apart, as parts of one multipart polygon
    """

    max_gap_m: float = 25.0
    max_angle_deg: float = 45.0
    minimum_support: float = 0.15
    minimum_support_by_axis: float = 0.75
    max_hole_m2: float = 100.0
    neck_m: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < float("inf"):
                raise ParamsError(f"{field.name} is {value:g}; give 0 or more")
        if self.max_angle_deg > 90:
            raise ParamsError(f"max_angle_deg is {self.max_angle_deg:g}; give 0 to 90 degrees")


@dataclass(frozen=True)
class FragmentContext:
    """What is known of the ground between the pieces, all on one grid in metres.

    probability: (height, width), 0…1; threshold: the probability from which a pixel was mapped as landslide
    elevation_m: (height, width), or None where there is no height model
    Raises GridError where an array does not have the grid's shape, ParamsError where a probability comes without its threshold.
    """

    grid: Grid
    probability: Image | None = None
    threshold: float | None = None
    elevation_m: Image | None = None

    def __post_init__(self) -> None:
        self.grid.require_metric()
        for name in ("probability", "elevation_m"):
            values = getattr(self, name)
            if values is not None and values.shape != self.grid.shape:
                size = f"{values.shape[0]} rows × {values.shape[1]} columns"
                raise GridError(
                    f"{name} has {size}, its grid {self.grid.describe()}; bring it onto the grid"
                )
        if self.probability is not None and self.threshold is None:
            raise ParamsError(
                "a probability map needs the threshold that the pieces were mapped with; give both"
            )
