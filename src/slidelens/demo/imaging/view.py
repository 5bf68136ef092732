"""One date of the valley: what lies open, the image of it, and the inventory drawn from the image."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from scipy import ndimage

from slidelens.demo.imaging.sensor import Surface, observe
from slidelens.demo.imaging.spectra import index, reflectances
from slidelens.demo.imaging.sun import Sun, sun_at
from slidelens.demo.land_cover.cover import Cover, put
from slidelens.demo.land_cover.fields import crops
from slidelens.demo.landslides import mapper
from slidelens.demo.landslides.history import Event, History
from slidelens.demo.landslides.scars import Scar, lay_bare
from slidelens.demo.landslides.truth import Row, observed
from slidelens.demo.params import DateParams, LandslideParams
from slidelens.demo.relief.noise import fractal, smoothstep
from slidelens.demo.relief.terrain import Terrain
from slidelens.geo.grid import Grid
from slidelens.types import Float32

GROWN_OVER = 0.18
"""Freshness of ground that a landslide has given back: plants, a little thinner than around it."""


@dataclass(frozen=True)
class Slide:
    """A landslide through the years: its look and what becomes of it."""

    scar: Scar
    past: History

    def open_ground(self, area_share: float) -> NDArray[np.bool_]:
        """The cells of its body that are open when it has that share of its first area."""
        return self.scar.body.open_ground(area_share * self.scar.body.area_m2)


@dataclass(frozen=True)
class Landscape:
    """What does not change from date to date. dates: all of them, in time order."""

    grid: Grid
    terrain: Terrain
    cover: Cover
    slides: list[Slide]
    dates: tuple[str, ...]


@dataclass(frozen=True)
class View:
    """One date: its image and the inventory drawn from it.

    image: (bands, height, width) uint16, reflectance × 10,000, 0 for nodata
    inventory: polygons with `area_m2`
    """

    image: NDArray[np.uint16]
    inventory: gpd.GeoDataFrame


@dataclass(frozen=True)
class _Open:
    """A landslide at a date, with its open cells."""

    number: int
    event: Event
    cells: NDArray[np.bool_]


def observe_view(
    ground: Landscape,
    date: str,
    values: DateParams,
    landslides: LandslideParams,
    rng: np.random.Generator,
) -> tuple[View, list[Row]]:
    """The view of a date, and what is true of every landslide then."""
    surface, opened = _surface(ground, date, values, landslides.contrast, rng)
    image = observe(surface, _sun(ground.grid, values), values, rng)
    valid = image[0] > 0
    rows = [
        observed(
            each.number + 1,
            each.event,
            ground.slides[each.number].scar.body,
            each.cells,
            valid,
            ground.grid,
        )
        for each in opened
    ]
    return View(image, _inventory(rows, landslides, ground.grid, rng)), rows


def _surface(
    ground: Landscape, date: str, values: DateParams, contrast: float, rng: np.random.Generator
) -> tuple[Surface, list[_Open]]:
    """The ground of a date: the farmers' year, old and open landslides, snow."""
    shares, brightness, crowns = (
        layer.copy()
        for layer in (ground.cover.shares, ground.cover.brightness, ground.cover.crowns_m)
    )
    _farm(shares, crops(ground.cover.fields, values.acquired.year))
    opened = []
    for number, slide in enumerate(ground.slides):
        event, most = _until(slide.past, date, ground.dates)
        if most > (event.area_share if event else 0.0):
            lay_bare(
                shares,
                brightness,
                crowns,
                slide.scar,
                slide.open_ground(most),
                GROWN_OVER,
                contrast,
            )
        if event is not None:
            opened.append(_Open(number, event, slide.open_ground(event.area_share)))
            lay_bare(
                shares, brightness, crowns, slide.scar, opened[-1].cells, event.freshness, contrast
            )
    _put_snow(shares, ground.terrain, values.snow_line_m, rng)
    mixed = np.tensordot(reflectances(values.dryness), shares, axes=1) * brightness
    return Surface(
        np.asarray(mixed, np.float32), ground.terrain.elevation_m, crowns, ground.grid.pixel_m
    ), opened


def _until(past: History, date: str, dates: tuple[str, ...]) -> tuple[Event | None, float]:
    """What happens at a date, and the largest share of its first area that the landslide has had by then."""
    so_far = dates[: dates.index(date) + 1]
    earlier = [event for event in past if event.date in so_far]
    now = next((event for event in earlier if event.date == date), None)
    return now, max((event.area_share for event in earlier), default=0.0)


def _farm(shares: Float32, parts: dict[str, Float32]) -> None:
    """Farmed ground (kept as crop) takes the year's crops, stubble, bare soil and grass, in place."""
    farmed = shares[index("crop")].copy()
    shares[index("crop")] = 0
    for material, part in parts.items():
        shares[index(material)] += farmed * part


def _put_snow(
    shares: Float32, terrain: Terrain, snow_line_m: float, rng: np.random.Generator
) -> None:
    """Snow above a line that lies higher on sunny and on steep ground."""
    shady = ndimage.gaussian_filter(terrain.gradient[0], 3)
    patchy = 70 * fractal(terrain.elevation_m.shape, rng, 80, 3, 1.8)
    line = snow_line_m - 260 * shady + 200 * np.clip(terrain.slope - 0.8, 0, None) + patchy
    put(shares, smoothstep(terrain.elevation_m - line, -60, 120), {"snow": 1.0})


def _sun(grid: Grid, values: DateParams) -> Sun:
    left, bottom, right, top = grid.bounds
    longitude, latitude = Transformer.from_crs(grid.crs, 4326, always_xy=True).transform(
        (left + right) / 2, (bottom + top) / 2
    )
    return sun_at(values.acquired, longitude, latitude)


def _inventory(
    rows: list[Row], params: LandslideParams, grid: Grid, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """What the mapper draws of what can be seen."""
    seen: list[shapely.Polygon] = [
        row["geometry"] for row in rows if row["state"] not in ("healed", "unobserved")
    ]
    drawn = [
        shape
        for shape in mapper.draw(seen, params.missed_share, params.outline_error_m, rng)
        if shape is not None
    ]
    return gpd.GeoDataFrame(
        {"area_m2": [round(shape.area, 1) for shape in drawn]}, geometry=drawn, crs=grid.crs
    )
