"""The demo study: a simulated valley, its landslides through the years, the images of it, and the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS

from slidelens.demo.area import draw_area
from slidelens.demo.imaging.view import Landscape, Slide, View, observe_view
from slidelens.demo.land_cover.cover import Cover, grow_cover
from slidelens.demo.landslides.areas import draw_areas
from slidelens.demo.landslides.history import newcomers, tell_histories
from slidelens.demo.landslides.placement import place_bodies, susceptibility
from slidelens.demo.landslides.scars import scar_of
from slidelens.demo.landslides.truth import Row, one_row_each
from slidelens.demo.params import AreaParams, DateParams, DemoParams, LandslideParams
from slidelens.demo.relief.terrain import Terrain, build_terrain
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise

EPSG = 32645
Progress = Callable[[str], None]
Dates = dict[str, DateParams]


@dataclass(frozen=True)
class Valley:
    """One area with all that is known of it.

    elevation_m: (height, width) float32
    cover: (height, width) uint8, position of the commonest material in spectra.MATERIALS, landslides left out
    views: by date
    observations, landslides: the truth, a row for each landslide and date, and one for each landslide
    """

    grid: Grid
    aoi: shapely.Polygon
    elevation_m: NDArray[np.float32]
    cover: NDArray[np.uint8]
    views: dict[str, View]
    observations: gpd.GeoDataFrame
    landslides: gpd.GeoDataFrame


@dataclass(frozen=True)
class SimulatedStudy:
    """The demo study: the investigation area and the separate first event."""

    investigation: Valley
    pretrain: Valley


def simulate_study(params: DemoParams, progress: Progress = lambda _: None) -> SimulatedStudy:
    """Simulate the whole study; the same parameters give the same study.

    progress: is told a line at every step
    """
    here, there = (np.random.default_rng([params.seed, number]) for number in (1, 2))
    first = params.pretrain
    event = {
        first.date: params.dates[first.date].model_copy(update={"landslides": first.landslides})
    }
    investigation = _valley("investigation area", params, params.area, params.dates, here, progress)
    return SimulatedStudy(
        investigation, _valley("pretraining area", params, first.area, event, there, progress)
    )


def _valley(
    name: str,
    params: DemoParams,
    area: AreaParams,
    dates: Dates,
    rng: np.random.Generator,
    progress: Progress,
) -> Valley:
    """Simulate one area at its dates."""
    transform = Affine(params.pixel_m, 0, area.west_m, 0, -params.pixel_m, area.north_m)
    grid = Grid(CRS.from_epsg(EPSG), transform, area.rows_px, area.columns_px)
    terrain = build_terrain(grid.shape, params.pixel_m, params.terrain, rng)
    cover = grow_cover(terrain, rng)
    aoi = draw_area(grid, area.aoi_share, rng)
    progress(
        f"{name}: {grid.describe()}, {terrain.elevation_m.min():.0f}–{terrain.elevation_m.max():.0f} m high"
    )
    inside = rasterise([aoi.buffer(-2 * params.pixel_m)], grid)
    ground = Landscape(
        grid,
        terrain,
        cover,
        _slides(terrain, cover, inside, dates, params.landslides, rng),
        tuple(dates),
    )
    views, observations = _looks(name, ground, dates, params.landslides, rng, progress)
    commonest = cover.shares.argmax(axis=0).astype(np.uint8)
    return Valley(
        grid, aoi, terrain.elevation_m, commonest, views, observations, one_row_each(observations)
    )


def _slides(
    terrain: Terrain,
    cover: Cover,
    inside: NDArray[np.bool_],
    dates: Dates,
    params: LandslideParams,
    rng: np.random.Generator,
) -> list[Slide]:
    """The landslides of all dates, each with ground of its own; so many that the counts are left when the mapper has missed some."""
    counts = {
        date: round(values.landslides / (1 - params.missed_share)) for date, values in dates.items()
    }
    areas_m2 = np.concatenate([draw_areas(count, params, rng) for count in newcomers(counts)])
    allowed = inside & (cover.river.pixels * terrain.pixel_m > 12)
    chance = susceptibility(terrain, cover.river.pixels, cover.road.pixels, allowed, rng)
    bodies = place_bodies(areas_m2, terrain, chance, cover.river.pixels, allowed, rng)
    histories = tell_histories(counts, np.array([body.area_m2 for body in bodies]), rng)
    return [
        Slide(scar_of(body, rng), past) for body, past in zip(bodies, histories, strict=False)
    ]  # some may never be needed


def _looks(
    name: str,
    ground: Landscape,
    dates: Dates,
    params: LandslideParams,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[dict[str, View], gpd.GeoDataFrame]:
    """The views of all dates, and the truth of all dates."""
    views: dict[str, View] = {}
    rows: list[Row] = []
    for date, values in dates.items():
        views[date], seen = observe_view(ground, date, values, params, rng.spawn(1)[0])
        rows.extend(seen)
        progress(
            f"{name}, {date}: {len(views[date].inventory)} landslides drawn, {views[date].inventory.area.sum() / 1e6:.2f} km²"
        )
    columns = ["landslide_id", "date", "state", "true_state", "area_m2", "geometry"]
    return views, gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs=ground.grid.crs)
