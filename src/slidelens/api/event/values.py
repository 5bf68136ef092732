"""What the report of an event shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd

from slidelens.geo.grid import Grid
from slidelens.geo.rasters.scene import Scene
from slidelens.layers.vector_formats import VectorFormat
from slidelens.types import Float32

_LARGEST = 10  # landslides in the table


@dataclass(frozen=True)
class Surface:
    """A density surface.

    Attributes:
        values: (height, width) landslides per km², NaN outside the mapped ground.
        grid: Its grid.
        radius_m: Search radius, metres; None without landslides.
    """

    values: Float32
    grid: Grid
    radius_m: float | None


@dataclass(frozen=True, kw_only=True)
class EventValues:
    """What the report of an event shows.

    Attributes:
        scene: Name of the scene.
        date: Date of the image and where it is from; None if unknown.
        grid: The part of the map's grid that the page shows.
        picture: The scene in few pixels, over the ground of the grid.
        probability: (height, width) likewise; NaN where the map is not valid.
        landslides: A row per landslide, as in inventory.gpkg.
        mapped_km2: Area of the valid pixels.
        threshold: Probability from which a pixel is landslide.
        threshold_origin: Where the threshold comes from.
        density: Density of the landslides; None if there is none.
        no_density: Why there is none.
        facts: What the map was made with, by name.
        notes: Warnings of the run.
        simulated: Whether the scene is not a real image.
        measured: How good the weights were elsewhere, sentences; empty if unknown.
        format: Format of the inventory beside the page.
    """

    scene: str
    date: str | None
    grid: Grid
    picture: Scene
    probability: Float32
    landslides: gpd.GeoDataFrame
    mapped_km2: float
    threshold: float
    threshold_origin: str
    density: Surface | None
    no_density: str | None
    facts: Mapping[str, str]
    notes: tuple[str, ...] = ()
    simulated: bool = False
    measured: str = ""
    format: VectorFormat = "gpkg"

    @property
    def number(self) -> int:
        """Number of landslides."""
        return len(self.landslides)

    @property
    def area_m2(self) -> float:
        """Area of all landslides, m²."""
        return float(self.landslides.area.sum())

    @property
    def share(self) -> float:
        """Share of the mapped ground that is landslide, 0 to 1."""
        return self.area_m2 / 1e6 / self.mapped_km2

    @property
    def mean_probability(self) -> float | None:
        """Mean probability of the landslide pixels; None without landslides."""
        if not self.number:
            return None
        return float(np.average(self.landslides["mean_probability"], weights=self.landslides.area))

    @cached_property
    def centre_deg(self) -> tuple[float, float]:
        """Longitude and latitude of the middle of what is shown, degrees."""
        middle = self.grid.centre_of(self.grid.height / 2 - 0.5, self.grid.width / 2 - 0.5)
        place = gpd.GeoSeries(gpd.points_from_xy([middle[0]], [middle[1]]), crs=self.grid.crs)
        point = place.to_crs(4326).iloc[0]
        return float(point.x), float(point.y)

    def largest(self) -> pd.DataFrame:
        """Return the largest landslides: id, area, coordinates of a point in each, probability."""
        rows = self.landslides.head(_LARGEST)
        places = rows.representative_point().to_crs(4326)
        return pd.DataFrame(
            {
                "id": rows["id"].to_numpy(),
                "area_m2": rows.area.to_numpy(),
                "latitude": places.y.to_numpy(),
                "longitude": places.x.to_numpy(),
                "mean_probability": rows["mean_probability"].to_numpy(),
            }
        )
