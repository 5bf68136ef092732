"""The demo study: a simulated valley, its landslides over the years, their images and the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from affine import Affine
from rasterio.crs import CRS

from slidelens.demo.area import draw_area
from slidelens.demo.imaging.view import Landscape, Landslide, View, observe_view
from slidelens.demo.land_cover.cover import Cover, grow_cover
from slidelens.demo.landslides.areas import draw_areas
from slidelens.demo.landslides.history import max_newcomers, simulate_histories
from slidelens.demo.landslides.placement import place_landslides, susceptibility
from slidelens.demo.landslides.scars import draw_scar
from slidelens.demo.landslides.truth import Row, summarise_landslides
from slidelens.demo.params import AreaParams, DateParams, DemoParams, LandslideParams
from slidelens.demo.relief.terrain import Terrain, build_terrain
from slidelens.geo.grid import Grid
from slidelens.geo.rasterise import rasterise, rasterising_threads
from slidelens.types import Float32, Mask, UInt8

EPSG = 32645
_DATES_AT_ONCE = 2  # each holds some 20 layers of the area in memory
Progress = Callable[[str], None]
Dates = dict[str, DateParams]


@dataclass(frozen=True)
class Valley:
    """One simulated area with its truth.

    Attributes:
        grid: grid of the images.
        aoi: the investigation area.
        elevation_m: (height, width) heights.
        cover: (height, width) most common material without landslides, as a position in
            `spectra.MATERIALS`.
        views: image and inventory by date.
        observations: the truth, one row per landslide and date.
        landslides: the truth, one row per landslide.
    """

    grid: Grid
    aoi: shapely.Polygon
    elevation_m: Float32
    cover: UInt8
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

    Args:
        params: parameters of the demo.
        progress: called with a line of text at every step.
    """
    investigation_rng, pretrain_rng = (
        np.random.default_rng([params.seed, number]) for number in (1, 2)
    )
    first = params.pretrain
    event = {
        first.date: params.dates[first.date].model_copy(update={"landslides": first.landslides})
    }
    with rasterising_threads(1) as beside:
        pretrain = beside.submit(
            _simulate_valley, "pretraining area", params, first.area, event, pretrain_rng, progress
        )
        investigation = _simulate_valley(
            "investigation area", params, params.area, params.dates, investigation_rng, progress
        )
        return SimulatedStudy(investigation, pretrain.result())


def _simulate_valley(
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
    lowest, highest = terrain.elevation_m.min(), terrain.elevation_m.max()
    progress(f"{name}: {grid.describe()}, {lowest:.0f}–{highest:.0f} m high")
    inside = rasterise([aoi.buffer(-2 * params.pixel_m)], grid)
    landscape = Landscape(
        grid,
        terrain,
        cover,
        _simulate_landslides(terrain, cover, inside, dates, params.landslides, rng),
        tuple(dates),
    )
    views, observations = _observe_dates(name, landscape, dates, params.landslides, rng, progress)
    commonest = cover.shares.argmax(axis=0).astype(np.uint8)
    return Valley(
        grid=grid,
        aoi=aoi,
        elevation_m=terrain.elevation_m,
        cover=commonest,
        views=views,
        observations=observations,
        landslides=summarise_landslides(observations),
    )


def _simulate_landslides(
    terrain: Terrain,
    cover: Cover,
    inside: Mask,
    dates: Dates,
    params: LandslideParams,
    rng: np.random.Generator,
) -> list[Landslide]:
    """Simulate the landslides of all dates, which do not overlap.

    There are more than counted, so that the counts remain after the mapper has missed some.
    """
    counts = {
        date: round(values.landslides / (1 - params.missed_share)) for date, values in dates.items()
    }
    areas_m2 = np.concatenate([draw_areas(count, params, rng) for count in max_newcomers(counts)])
    allowed = inside & (cover.river.pixels * terrain.pixel_m > 12)
    chance = susceptibility(terrain, cover.river.pixels, cover.road.pixels, allowed, rng)
    bodies = place_landslides(areas_m2, terrain, chance, cover.river.pixels, allowed, rng)
    histories = simulate_histories(counts, np.array([body.area_m2 for body in bodies]), rng)
    # There may be fewer histories than bodies: `newcomers` is an upper bound.
    return [
        Landslide(draw_scar(body, rng), history)
        for body, history in zip(bodies, histories, strict=False)
    ]


def _observe_dates(
    name: str,
    landscape: Landscape,
    dates: Dates,
    params: LandslideParams,
    rng: np.random.Generator,
    progress: Progress,
) -> tuple[dict[str, View], gpd.GeoDataFrame]:
    """Return the views and the truth of all dates."""
    views: dict[str, View] = {}
    rows: list[Row] = []
    with rasterising_threads(_DATES_AT_ONCE) as pool:
        observed = pool.map(
            lambda date, own_rng: observe_view(landscape, date, dates[date], params, own_rng),
            dates,
            rng.spawn(len(dates)),
        )
        for date, (view, date_rows) in zip(dates, observed, strict=True):
            views[date] = view
            rows.extend(date_rows)
            area_km2 = view.inventory.area.sum() / 1e6
            progress(f"{name}, {date}: {len(view.inventory)} landslides drawn, {area_km2:.2f} km²")
    columns = ["landslide_id", "date", "state", "true_state", "area_m2", "geometry"]
    return views, gpd.GeoDataFrame(
        rows, columns=columns, geometry="geometry", crs=landscape.grid.crs
    )
