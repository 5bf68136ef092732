"""Thresholds and context for merging the fragments of a landslide."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from slidelens.errors import GridError, ParamsError
from slidelens.geo.grid import Grid
from slidelens.geo.windowed import WindowedArray

Image = NDArray[np.floating] | WindowedArray
_LENGTHS = ("max_gap_m", "neck_m")
_SHARES = ("minimum_support", "minimum_support_by_axis")
_AREAS = ("max_hole_m2",)
_MAX_LENGTH_M, _MAX_SHARE, _MAX_AREA_M2 = 1000.0, 100.0, 1e9


@dataclass(frozen=True)
class FragmentRules:
    """Thresholds for merging fragments.

    Attributes:
        max_gap_m: Widest gap between two fragments of a landslide, metres; 0 merges none.
        max_angle_deg: Largest angle between the line from fragment to fragment and the fall line
            (or the fragments' own axes without a height model), degrees.
        minimum_support: Lowest odds of the mean probability across the gap, as a share of the
            odds of the map's threshold, ≥ 0.
        minimum_support_by_axis: The same where only the axes give the direction, which is much
            weaker evidence than the slope.
        max_hole_m2: Largest hole that is filled, m²; 0 fills none.
        neck_m: Width of the strip that connects merged fragments, metres; 0 keeps them apart, as
            parts of one multipart polygon.

    Raises:
        ParamsError: A value is out of range.
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
            if field.name in _LENGTHS and value > _MAX_LENGTH_M:
                raise ParamsError(
                    f"{field.name} is {value:g}; give at most {_MAX_LENGTH_M:g} m, as fragments of"
                    " one landslide are near each other"
                )
            if field.name in _AREAS and value > _MAX_AREA_M2:
                raise ParamsError(f"{field.name} is {value:g}; give 0 to {_MAX_AREA_M2:g} m²")
            if field.name in _SHARES and value > _MAX_SHARE:
                raise ParamsError(f"{field.name} is {value:g}; give 0 to {_MAX_SHARE:g}")
        if self.max_angle_deg > 90:
            raise ParamsError(f"max_angle_deg is {self.max_angle_deg:g}; give 0 to 90 degrees")


@dataclass(frozen=True)
class FragmentContext:
    """Rasters of the ground between fragments, on one grid in metres.

    Attributes:
        grid: Grid of the rasters.
        probability: (height, width), 0…1, or None.
        threshold: Probability from which a pixel was mapped as landslide; needed with
            `probability`.
        elevation_m: (height, width), metres, or None without a height model.

    Raises:
        GridError: The grid is not in metres, or an array does not have its shape.
        ParamsError: A probability comes without its threshold.
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
                    f"{name} has {size}, its grid {self.grid.describe()}; resample it to the grid"
                )
        if self.probability is not None and self.threshold is None:
            raise ParamsError(
                "a probability map needs the threshold that mapped the fragments; give both"
            )
