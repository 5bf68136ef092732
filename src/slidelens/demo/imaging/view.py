"""One date of the valley: the ground, its image, and the inventory drawn from the image."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy import ndimage

from slidelens.demo.imaging.sensor import Surface, simulate_image
from slidelens.demo.imaging.spectra import material_index, reflectances
from slidelens.demo.imaging.sun import Sun, sun_at
from slidelens.demo.land_cover.cover import Cover, put_materials
from slidelens.demo.land_cover.fields import crop_shares
from slidelens.demo.landslides import mapper
from slidelens.demo.landslides.history import Event, History
from slidelens.demo.landslides.scars import Scar, put_landslide
from slidelens.demo.landslides.truth import Row, observation_row
from slidelens.demo.params import DateParams, LandslideParams
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.demo.relief.terrain import Terrain
from slidelens.geo.grid import Grid
from slidelens.types import Float32, Mask

GROWN_OVER = 0.18
"""Freshness of recovered ground: plants slightly sparser than in the surroundings."""


@dataclass(frozen=True)
class Landslide:
    """A landslide through the years: its appearance and its history."""

    scar: Scar
    history: History

    def open_ground(self, area_share: float) -> Mask:
        """Return the cells of its body that are bare at a share of its initial area."""
        return self.scar.body.open_ground(area_share * self.scar.body.area_m2)


@dataclass(frozen=True)
class Landscape:
    """What does not change between dates.

    Attributes:
        grid: grid of the images.
        terrain: heights and channels.
        cover: land cover without landslides.
        landslides: all landslides.
        dates: labels of all dates in time order.
    """

    grid: Grid
    terrain: Terrain
    cover: Cover
    landslides: list[Landslide]
    dates: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """One date.

    Attributes:
        image: (bands, height, width) reflectance × 10,000, 0 for nodata.
        inventory: polygons with the column `area_m2`.
    """

    image: NDArray[np.uint16]
    inventory: gpd.GeoDataFrame


@dataclass(frozen=True)
class _BareLandslide:
    """A landslide with its bare cells at a date."""

    number: int
    event: Event
    cells: Mask


def observe_view(
    landscape: Landscape,
    date: str,
    values: DateParams,
    params: LandslideParams,
    rng: np.random.Generator,
) -> tuple[View, list[Row]]:
    """Return the view of a date and the truth about each landslide at that date.

    Args:
        landscape: what does not change between dates.
        date: label of the date.
        values: parameters of the date.
        params: parameters of the landslides.
        rng: random generator.
    """
    surface, bare = _surface(landscape, date, values, params.contrast, rng)
    image = simulate_image(surface, _sun(landscape.grid, values), values, rng)
    valid = image[0] > 0
    rows = [
        observation_row(
            landslide.number + 1,
            landslide.event,
            landscape.landslides[landslide.number].scar.body,
            landslide.cells,
            valid,
            landscape.grid,
        )
        for landslide in bare
    ]
    return View(image, _inventory(rows, params, landscape.grid, rng)), rows


def _surface(
    landscape: Landscape, date: str, values: DateParams, contrast: float, rng: np.random.Generator
) -> tuple[Surface, list[_BareLandslide]]:
    """Return the ground of a date: crops, old and bare landslides, snow."""
    shares, brightness, crowns = (
        layer.copy()
        for layer in (landscape.cover.shares, landscape.cover.brightness, landscape.cover.crowns_m)
    )
    _farm(shares, crop_shares(landscape.cover.fields, values.acquired.year))
    bare = []
    for number, landslide in enumerate(landscape.landslides):
        event, largest_share = _event_and_largest_share(landslide.history, date, landscape.dates)
        if largest_share > (event.area_share if event else 0.0):
            put_landslide(
                shares,
                brightness,
                crowns,
                landslide.scar,
                landslide.open_ground(largest_share),
                GROWN_OVER,
                contrast,
            )
        if event is not None:
            bare.append(_BareLandslide(number, event, landslide.open_ground(event.area_share)))
            put_landslide(
                shares,
                brightness,
                crowns,
                landslide.scar,
                bare[-1].cells,
                event.freshness,
                contrast,
            )
    _put_snow(shares, landscape.terrain, values.snow_line_m, rng)
    mixed = np.tensordot(reflectances(values.dryness), shares, axes=1) * brightness
    return Surface(
        np.asarray(mixed, np.float32), landscape.terrain.elevation_m, crowns, landscape.grid.pixel_m
    ), bare


def _event_and_largest_share(
    history: History, date: str, dates: tuple[str, ...]
) -> tuple[Event | None, float]:
    """Return the event of a date, and the largest area share that the landslide has had by then."""
    so_far = dates[: dates.index(date) + 1]
    earlier = [event for event in history if event.date in so_far]
    now = next((event for event in earlier if event.date == date), None)
    return now, max((event.area_share for event in earlier), default=0.0)


def _farm(shares: Float32, parts: dict[str, Float32]) -> None:
    """Replace `crop` by the crops, stubble, soil and grass of the year, in place."""
    farmed = shares[material_index("crop")].copy()
    shares[material_index("crop")] = 0
    for material, part in parts.items():
        shares[material_index(material)] += farmed * part


def _put_snow(
    shares: Float32, terrain: Terrain, snow_line_m: float, rng: np.random.Generator
) -> None:
    """Add snow above a line that is higher on sunny and on steep ground."""
    shady = ndimage.gaussian_filter(terrain.gradient[0], 3)
    patchy = 70 * fractal(terrain.elevation_m.shape, rng, 80, 3, 1.8)
    line = snow_line_m - 260 * shady + 200 * np.clip(terrain.slope - 0.8, 0, None) + patchy
    put_materials(shares, smoothstep(terrain.elevation_m - line, -60, 120), {"snow": 1.0})


def _sun(grid: Grid, values: DateParams) -> Sun:
    left, bottom, right, top = grid.bounds
    longitude, latitude = Transformer.from_crs(grid.crs, 4326, always_xy=True).transform(
        (left + right) / 2, (bottom + top) / 2
    )
    return sun_at(values.acquired, longitude, latitude)


def _inventory(
    rows: list[Row], params: LandslideParams, grid: Grid, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Return what the mapper draws of the visible landslides."""
    visible: list[shapely.Polygon] = [
        row["geometry"] for row in rows if row["state"] not in ("healed", "unobserved")
    ]
    outlines = [
        shape
        for shape in mapper.draw_inventory(
            visible, params.missed_share, params.outline_error_m, rng
        )
        if shape is not None
    ]
    return gpd.GeoDataFrame(
        {"area_m2": [round(shape.area, 1) for shape in outlines]}, geometry=outlines, crs=grid.crs
    )
