"""What a map was made from: columns of its inventory, and of the extent that was mapped.

docs/outputs.md describes the columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from slidelens import __version__
from slidelens.geo.grid import Grid
from slidelens.geo.vectors.labels import CLASS
from slidelens.layers.footprint import outline_valid_pixels

_EXTENT_PX = 2048  # the outline of the mapped ground is exact up to this size of a map


@dataclass(frozen=True)
class Provenance:
    """What a map was made from.

    Attributes:
        image: Name of the scene's file.
        weights: Name of the weights file.
        method: Program, network and options.
        date: Date of the image; None if it is not known.
    """

    image: str
    weights: str
    method: str = f"slidelens {__version__}"
    date: str | None = None

    def describe(
        self,
        landslides: gpd.GeoDataFrame,
        intervals: Mapping[str, Sequence[str | None]] | None = None,
    ) -> gpd.GeoDataFrame:
        """Return landslides with the columns of provenance before their geometry.

        `class` and `reviewed_by` are empty, for whoever checks a landslide.

        Args:
            landslides: A row per landslide.
            intervals: `occurred_after` and `occurred_by` of each; by default those of a single
                image, which shows when a landslide was there and not since when.
        """
        found = intervals or {"occurred_after": [None], "occurred_by": [self.date]}
        return insert_columns(
            landslides,
            {
                **found,
                "image": [self.image],
                "weights": [self.weights],
                "method": [self.method],
                CLASS: [None],
                "reviewed_by": [None],
            },
        )


def insert_columns(
    frame: gpd.GeoDataFrame, texts: Mapping[str, Sequence[str | None]]
) -> gpd.GeoDataFrame:
    """Return rows with columns of text before their geometry; columns that they have stay.

    Args:
        frame: The rows.
        texts: A text for each row, or one for all, by name of the column.
    """
    result = frame.copy()
    for name, values in texts.items():
        if name not in result:
            column = values if len(values) == len(result) else list(values) * len(result)
            text = pd.array([pd.NA if each is None else each for each in column], dtype="string")
            result.insert(result.columns.get_loc(result.geometry.name), name, text)
    return result


def mapped_extent(path: Path, provenance: Provenance, grid: Grid) -> gpd.GeoDataFrame:
    """Return a row with the outline of all valid pixels of a map.

    Args:
        path: The map.
        provenance: What it was made from.
        grid: Its grid.
    """
    ground, step = outline_valid_pixels(path, grid, _EXTENT_PX)
    frame = gpd.GeoDataFrame(
        {
            "area_m2": [round(float(shapely.area(ground)), 1)],
            "outline_m": [round(step * grid.pixel_m, 3)],
        },
        geometry=[ground],
        crs=grid.crs.to_wkt(),
    )
    return insert_columns(
        frame,
        {
            "image": [provenance.image],
            "image_date": [provenance.date],
            "weights": [provenance.weights],
            "method": [provenance.method],
        },
    )
