"""Small STAC catalogues: images of one simulated ground, in folders.

The ground is 2 km wide and lies where UTM zones 54 and 55 meet. It has a lake, which is dark.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from rasterio.crs import CRS
from rasterio.warp import transform, transform_bounds

from slidelens.geo.grid import Grid

ZONE_54, ZONE_55 = CRS.from_epsg(32654), CRS.from_epsg(32655)
WEST, NORTH, SIDE_M = 740_000.0, 4_732_000.0, 2_000.0
LEVELS = {"red": 0.06, "green": 0.08, "blue": 0.05, "nir": 0.30}
COLLECTION = "sentinel-2-l2a"
CLOUD, SHADOW, FOREST = 9, 3, 4
_SCHEMAS = "https://stac-extensions.github.io"
_EXTENSIONS = ("eo/v1.1.0", "projection/v2.0.0", "raster/v1.1.0")
_AROUND_M = 600.0  # of the ground that items reach over


def ground() -> shapely.Polygon:
    """The area, in zone 54."""
    return shapely.box(WEST, NORTH - SIDE_M, WEST + SIDE_M, NORTH)


def write_area(path: Path) -> Path:
    gpd.GeoDataFrame(geometry=[ground()], crs=ZONE_54.to_wkt()).to_file(path)
    return path


def reflectance(band: str, x: Any, y: Any) -> Any:
    """Reflectance of the ground at places in zone 54."""
    values = LEVELS[band] * (1 + 0.3 * np.sin(x / 300) + 0.3 * np.cos(y / 400))
    middle = WEST + SIDE_M / 2, NORTH - SIDE_M / 2
    lake = np.hypot(x - middle[0], y - middle[1]) < 300
    return np.where(lake, 0.01, values)


def true_values(band: str, grid: Grid) -> Any:
    """Reflectance × 10,000 on a grid in zone 54."""
    rows, columns = np.mgrid[: grid.height, : grid.width]
    return 1e4 * reflectance(band, *grid.centre_of(rows, columns))


@dataclass(frozen=True)
class Picture:
    """An image to write.

    Attributes:
        day: Day of the image.
        name: Id of the item; by default made of day and zone.
        crs: Zone of its files.
        gain: Factor of the reflectance, by which images differ.
        offset: Added to the stored values.
        clouds: Share of the ground under clouds, from the west.
        half: Whether it shows the western half alone.
        without: Assets that are not there.
        properties: More properties of the item.
        cover: What the item states as cloud cover; None: nothing.
        baseline: Processing baseline.
        classes: Whether it has scene classes.
    """

    day: str
    name: str = ""
    crs: CRS = ZONE_54
    gain: float = 1.0
    offset: int = 0
    clouds: float = 0.0
    half: bool = False
    without: Sequence[str] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    cover: float | None = 10.0
    baseline: str | None = "02.08"
    classes: bool = True

    @property
    def id(self) -> str:
        return self.name or f"S2A_{self.crs.to_epsg()}_{self.day.replace('-', '')}_0_L2A"


def _grid(crs: CRS, pixel_m: float) -> Grid:
    bounds = ground().buffer(_AROUND_M).bounds
    left, bottom, right, top = transform_bounds(ZONE_54, crs, *bounds)
    left, top = np.floor(left / 60) * 60, np.ceil(top / 60) * 60
    height, width = int((top - bottom) / pixel_m), int((right - left) / pixel_m)
    return Grid(crs, Affine(pixel_m, 0, left, 0, -pixel_m, top), height, width)


def _places(grid: Grid) -> Any:
    """x and y in zone 54 of the pixels of a grid."""
    rows, columns = np.mgrid[: grid.height, : grid.width]
    x, y = grid.centre_of(rows, columns)
    if grid.crs == ZONE_54:
        return x, y
    moved = transform(grid.crs, ZONE_54, x.ravel(), y.ravel())
    return tuple(np.reshape(each, grid.shape) for each in moved[:2])


def write_item(folder: Path, picture: Picture) -> dict[str, Any]:
    """Write the files of an image and return its item, with addresses relative to `folder`."""
    (folder / picture.id).mkdir(parents=True)
    assets = {}
    fine, coarse = _grid(picture.crs, 10), _grid(picture.crs, 20)
    x, y = _places(fine)
    edge = WEST + SIDE_M * picture.clouds if picture.clouds else -np.inf
    for band in LEVELS:
        stored = np.rint(1e4 * picture.gain * reflectance(band, x, y))
        stored[x < edge] = 8000
        stored += picture.offset
        if picture.half:
            stored[x > WEST + SIDE_M / 2] = 0
        href = f"{picture.id}/{band}.tif"
        _write(folder / href, stored.astype(np.uint16), fine)
        assets[band] = _asset(href, fine, 1e-4, picture.offset)
    if picture.classes:
        x, _ = _places(coarse)
        classes = np.where(x < edge, CLOUD, FOREST)
        if picture.half:
            classes[x > WEST + SIDE_M / 2] = 0
        href = f"{picture.id}/SCL.tif"
        _write(folder / href, classes.astype(np.uint8), coarse)
        assets["scl"] = _asset(href, coarse, None, 0)
    for name in picture.without:
        assets.pop(name)
    return _item(picture, assets, fine)


def _write(path: Path, values: Any, grid: Grid) -> None:
    profile = {
        "driver": "GTiff",
        "dtype": values.dtype,
        "count": 1,
        "crs": grid.crs,
        "transform": grid.transform,
        "height": grid.height,
        "width": grid.width,
        "nodata": 0,
        "compress": "deflate",
        "tiled": True,
        "blockxsize": 128,
        "blockysize": 128,
    }
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(values, 1)


def _asset(href: str, grid: Grid, scale: float | None, offset: int) -> dict[str, Any]:
    band: dict[str, Any] = {"nodata": 0, "data_type": "uint8" if scale is None else "uint16"}
    if scale is not None:
        band |= {"scale": scale, "offset": -offset * scale}
    kind = "image/tiff; application=geotiff; profile=cloud-optimized"
    return {
        "href": href,
        "type": kind,
        "roles": ["data"],
        "proj:shape": list(grid.shape),
        "proj:transform": list(grid.transform)[:6],
        "raster:bands": [band],
    }


def _item(picture: Picture, assets: dict[str, Any], grid: Grid) -> dict[str, Any]:
    box = transform_bounds(picture.crs, "EPSG:4326", *grid.bounds)
    stated = {"eo:cloud_cover": picture.cover, "s2:processing_baseline": picture.baseline}
    return {
        "type": "Feature",
        "stac_version": "1.0.0",
        "stac_extensions": [f"{_SCHEMAS}/{name}/schema.json" for name in _EXTENSIONS],
        "id": picture.id,
        "collection": COLLECTION,
        "geometry": shapely.geometry.mapping(shapely.box(*box)),
        "bbox": list(box),
        "properties": {
            "datetime": f"{picture.day}T01:27:00Z",
            "platform": "sentinel-2a",
            "proj:code": f"EPSG:{picture.crs.to_epsg()}",
        }
        | {key: value for key, value in stated.items() if value is not None}
        | dict(picture.properties),
        "assets": assets,
        "links": [],
    }


def write_heights(folder: Path) -> dict[str, Any]:
    """Write a tile of heights in degrees, 100 m in the west and rising; return its item."""
    west, south, east, north = transform_bounds(ZONE_54, "EPSG:4326", *ground().buffer(2000).bounds)
    step = 1 / 3600
    height, width = int((north - south) / step), int((east - west) / step)
    grid = Grid(CRS.from_epsg(4326), Affine(step, 0, west, 0, -step, north), height, width)
    values = np.broadcast_to(100 + np.arange(width, dtype=np.float32), grid.shape)
    (folder / "dem").mkdir(parents=True)
    with rasterio.open(
        folder / "dem/heights.tif",
        "w",
        driver="GTiff",
        dtype="float32",
        count=1,
        crs=grid.crs,
        transform=grid.transform,
        height=height,
        width=width,
    ) as dataset:
        dataset.write(values, 1)
    item = _item(Picture("2021-04-22", "Copernicus_DSM_COG_10_N42_00_E143_00_DEM"), {}, grid)
    box = [west, south, east, north]
    item |= {"collection": "cop-dem-glo-30", "bbox": box}
    item["geometry"] = shapely.geometry.mapping(shapely.box(*box))
    item["properties"] = {"datetime": "2021-04-22T00:00:00Z"}
    item["assets"] = {"data": {"href": "dem/heights.tif", "type": "image/tiff", "roles": ["data"]}}
    return item


def write_catalogue(folder: Path, *items: dict[str, Any] | Picture) -> Path:
    """Write a static catalogue of items, with a collection for each id of a collection."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_item(folder, each) if isinstance(each, Picture) else each for each in items]
    ids = sorted({item["collection"] for item in written})
    _write_json(
        folder / "catalog.json",
        {"type": "Catalog", "id": "test", "stac_version": "1.0.0", "description": "test"},
        [("child", f"./{name}.json") for name in ids],
    )
    for name in ids:
        own = [item for item in written if item["collection"] == name]
        for item in own:
            (folder / f"{item['id']}.json").write_text(json.dumps(item))
        values = {
            "type": "Collection",
            "id": name,
            "stac_version": "1.0.0",
            "description": "test",
            "license": "other",
            "extent": {"spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": []}},
        }
        _write_json(folder / f"{name}.json", values, [("item", f"./{i['id']}.json") for i in own])
    return folder


def _write_json(path: Path, values: dict[str, Any], links: list[tuple[str, str]]) -> None:
    values["links"] = [{"rel": rel, "href": href} for rel, href in links]
    path.write_text(json.dumps(values))
