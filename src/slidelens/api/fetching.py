"""Fetch dated images of an area as the scenes of a study."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
from rasterio.crs import CRS
from rasterio.warp import transform_bounds

from slidelens.api.inputs.inventories import InventoryLike, PathLike, load_area, merge_area
from slidelens.api.inputs.lists import require_list
from slidelens.errors import GridError, OutputError, ParamsError, SlidelensError
from slidelens.fetching.catalogues.catalogue import open_catalogue
from slidelens.fetching.catalogues.hrefs import without_secrets
from slidelens.fetching.choosing import Place
from slidelens.fetching.heights import fetch_heights
from slidelens.fetching.images.reading import require_packages
from slidelens.fetching.pinned_grid import GRID_FILE, grid_to_dict, pinned_grid
from slidelens.fetching.request import DEFAULT_CATALOGUE, Selection, parse_windows
from slidelens.fetching.scenes import FetchedScene, SceneFetcher, scene_path
from slidelens.files import write_json
from slidelens.geo.vectors.inventory import write_inventory
from slidelens.outputs import require_folder_name, require_utf8
from slidelens.study.extent import area_in_crs, find_area

log = logging.getLogger(__name__)

COLLECTION = "sentinel-2-l2a"
HEIGHTS = "heights"
_ONE_SIDE = "give an area on one side of the 180th meridian"
_SAME = 1e-6  # share of an area that may differ, by rounding


@dataclass(frozen=True)
class FetchedStudy:
    """What was fetched.

    Attributes:
        folder: Folder of the study.
        scenes: Scenes in time order, also those that were there already.
        failed: Why there is no scene of a window, or no heights, by START/END or `heights`.
        heights: The heights of the study, or None.
        numbers: All of it as JSON values.
    """

    folder: Path
    scenes: tuple[Path, ...]
    failed: dict[str, str]
    heights: Path | None
    numbers: dict[str, Any]

    @property
    def dates(self) -> tuple[str, ...]:
        """Labels of the dates, for `slidelens dates`."""
        return tuple(path.stem for path in self.scenes)

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values, those of `slidelens fetch`."""
        return self.numbers


def fetch(
    aoi: InventoryLike | None,
    dates: Sequence[str],
    out: PathLike = "data/raw",
    *,
    catalog: PathLike = DEFAULT_CATALOGUE,
    collection: str = COLLECTION,
    bands: Sequence[str] | None = None,
    composite: bool = False,
    max_cloud: float = 80.0,
    heights: bool = False,
    crs: str | None = None,
    pixel_m: float | None = None,
) -> FetchedStudy:
    """Fetch an image of an area for each window of time, as scenes of a study on one grid.

    Scenes that the same request has fetched before are kept, so an interrupted fetch goes on. A
    window that fails does not hinder the others.

    Args:
        aoi: The area: a vector file or a GeoDataFrame; None for that of the study.
        dates: Windows START/END, days as YYYY-MM-DD, both included.
        out: Folder of the study, made if it is missing.
        catalog: Address of a STAC API or static catalogue, folder with catalog.json, or
            stac-geoparquet file.
        collection: Id of the collection of images.
        bands: Names of the bands. By default red, green, blue and nir, as far as there are any.
        composite: Whether to take the median of all images of a window, not the least cloudy one.
        max_cloud: Cloud cover that the catalogue may state of an image, percent.
        heights: Whether to fetch the Copernicus DEM too, from the same catalogue.
        crs: A CRS in metres. By default the UTM zone of the area's centre.
        pixel_m: Side of a pixel, metres. By default 10.

    Raises:
        SlidelensError: An argument cannot be used, or the catalogue cannot be read.
    """
    require_list(dates, "dates")
    require_list(bands, "bands")
    windows, folder = parse_windows(dates), Path(out)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is no folder (-o); name the folder of a study")
    require_folder_name(folder)
    require_utf8(folder)
    wanted = None if bands is None else tuple(bands)
    selection = Selection(collection, wanted, composite, max_cloud)
    area = _area(aoi, folder)
    place = _place(folder, area, crs, pixel_m)
    require_packages()
    found, name = open_catalogue(catalog), without_secrets(str(catalog))
    fetcher = SceneFetcher(found, name, selection, place)
    scenes: list[FetchedScene] = []
    failed: dict[str, str] = {}
    dem = None
    for window in windows:
        with _noting(failed, str(window)):
            scenes.append(fetcher.fetch(window))
            _write_place(place, area)
    if heights:
        with _noting(failed, HEIGHTS):
            dem = fetch_heights(found, name, place)
            _write_place(place, area)
    return _result(place, scenes, failed, dem)


@contextmanager
def _noting(failed: dict[str, str], what: str) -> Iterator[None]:
    """Note an error and go on with what else is asked for."""
    try:
        yield
    except SlidelensError as error:
        failed[what] = str(error)
        log.warning("%s: %s", what, error)


def _area(aoi: InventoryLike | None, folder: Path) -> gpd.GeoSeries:
    """Return the area as one polygon in its own CRS: the one that is given, or the study's.

    Raises:
        ParamsError: Neither is there, or they differ.
    """
    name = find_area(folder) if folder.is_dir() else None
    if aoi is None and name is None:
        raise ParamsError(f"{folder} has no area yet; give one (--aoi area.gpkg)")
    own = _read_area(folder / name) if name is not None else None
    if aoi is None:
        assert own is not None
        return own
    area = _read_area(aoi)
    if own is not None and not _is_same(area, own):
        raise ParamsError(
            f"{folder / str(name)} is another area than aoi (--aoi); leave it out to fetch more"
            " dates of the area, or name another folder (-o)"
        )
    return area


def _read_area(source: InventoryLike) -> gpd.GeoSeries:
    loaded = load_area(source)
    area = gpd.GeoSeries([merge_area(loaded)], crs=loaded.frame.crs)
    west, south, east, north = area.to_crs(4326).total_bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90 and east - west < 90):
        raise GridError(
            f"{loaded.location} reaches from {west:.7g}°, {south:.7g}° to {east:.7g}°,"
            f" {north:.7g}°; {_ONE_SIDE}, with its true CRS"
        )
    return area


def _is_same(area: gpd.GeoSeries, own: gpd.GeoSeries) -> bool:
    one, other = area_in_crs(area, CRS.from_user_input(own.crs)), own.iloc[0]
    return bool(one.symmetric_difference(other).area <= _SAME * other.area)


def _place(folder: Path, area: gpd.GeoSeries, crs: str | None, pixel_m: float | None) -> Place:
    grid = pinned_grid(folder, area, crs, pixel_m)
    bounds = transform_bounds(grid.crs, "EPSG:4326", *grid.bounds, densify_pts=21)
    if not bounds[0] < bounds[2]:
        raise GridError(f"the area reaches to the 180th meridian; {_ONE_SIDE}")
    return Place(folder, grid, area_in_crs(area, grid.crs), bounds)


def _write_place(place: Place, area: gpd.GeoSeries) -> None:
    """Write the grid and the area of a study, unless they are there."""
    if not (place.folder / GRID_FILE).exists():
        write_json(place.folder / GRID_FILE, grid_to_dict(place.grid))
    if find_area(place.folder) is None:
        write_inventory(gpd.GeoDataFrame(geometry=area), place.folder / "aoi.gpkg", "aoi")


def _result(
    place: Place, scenes: Sequence[FetchedScene], failed: dict[str, str], heights: Path | None
) -> FetchedStudy:
    paths = tuple(scene_path(place.folder, scene) for scene in scenes)
    numbers = {
        "study": str(place.folder),
        "grid": grid_to_dict(place.grid),
        "dates": [scene.date for scene in scenes],
        "scenes": [
            {
                "date": scene.date,
                "window": str(scene.window),
                "scene": str(path.relative_to(place.folder)),
                "kept": scene.kept,
                "clear_share": scene.record["clear_share"],
                "bands": scene.record["bands"],
                "values": scene.record["values"],
                "items": [item["id"] for item in scene.record["items"]],
            }
            for scene, path in zip(scenes, paths, strict=True)
        ],
        "failed": [{"what": what, "message": message} for what, message in failed.items()],
        "heights": None if heights is None else str(heights.relative_to(place.folder)),
    }
    return FetchedStudy(place.folder, paths, failed, heights, numbers)
