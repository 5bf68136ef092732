"""Read and write landslide inventories: vector files with one polygon per landslide."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import shapely

from slidelens.errors import InventoryError
from slidelens.escaping import counted
from slidelens.files import atomic_write, require_disk_space
from slidelens.geo.vectors.file import (
    choose_layer,
    list_layers,
    list_rows,
    plain_path,
    read_rows,
    split_layer,
)
from slidelens.geo.vectors.labels import (
    MAPPED,
    inventory_layers,
    landslides_of,
    mapped_layer,
    named_as,
    negatives_of,
)
from slidelens.geo.vectors.polygons import require_polygons

log = logging.getLogger(__name__)

LAYER = "landslides"
AREA_LAYERS = (
    "aoi",
    "area",
    "area_of_interest",
    "boundary",
    "extent",
    "mapped_area",
    "study_area",
    "studyarea",
)
OBSERVED_LAYERS = ("observed", "seen", "footprint", "coverage", MAPPED)
_MAX_GAP_M = 100_000.0  # between two inventories of one area
_BATCH = 50_000  # rows that are encoded at once: the outlines of a large map take gigabytes
_STABLE_DATE = "2000-01-01T00:00:00.000Z"
_LANDSLIDES, _MAPPED = "the outlines of the landslides", "the outline of the mapped ground"


@dataclass(frozen=True)
class LabelPolygons:
    """What an inventory file says about ground, each in the CRS of its layer.

    Attributes:
        landslides: The landslides.
        negatives: Polygons that are known to hold no landslide.
        mapped: Polygons in which the landslides are complete; None: they are everywhere.
    """

    landslides: gpd.GeoDataFrame
    negatives: gpd.GeoDataFrame
    mapped: gpd.GeoDataFrame | None


def read_inventory(path: Path | str, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read the landslides of a vector file, in the file's CRS.

    Z coordinates are dropped, rings closed and invalid polygons repaired, with a warning; another
    tells of polygons that are there twice. Layers without geometry do not count, nor do rows whose
    column `class` is `not landslide`.

    Args:
        path: The file, in any format that GDAL reads; `FILE|layername=LAYER` names a layer.
        layer: Layer name; by default the file's only one, or `landslides`.

    Returns:
        Polygon and MultiPolygon rows with the file's other columns, index 0…n-1; may be empty.

    Raises:
        InventoryError: The file cannot be read, has no CRS, has several layers to choose from, or
            holds lines or points.
    """
    name = split_layer(path)[0].name
    landslides = landslides_of(_read_inventory_rows(path, layer), name)
    _warn_of_repeated(landslides, name)
    return landslides


def read_labels(path: Path | str) -> LabelPolygons:
    """Read the landslides of a vector file, the ground without any, and where it is complete.

    Args:
        path: The file; `FILE|layername=LAYER` names the layer of the inventory.

    Raises:
        InventoryError: As for `read_inventory`; or the layer `mapped` holds no polygon.
    """
    file, _ = split_layer(path)
    rows = _read_inventory_rows(path, None)
    layer = mapped_layer(list_layers(file, "inventory"), file)
    mapped = None
    if layer is not None:
        mapped = require_polygons(read_rows(file, layer), f"{file} ({layer})", outlines=_MAPPED)
        if mapped.empty:
            raise InventoryError(
                f"layer {layer} of {file} has no polygon, so that nothing is known; draw the "
                "ground on which the landslides are complete, or delete the layer"
            )
    landslides = landslides_of(rows, file.name)
    _warn_of_repeated(landslides, file.name)
    return LabelPolygons(landslides, negatives_of(rows), mapped)


def _read_inventory_rows(path: Path | str, layer: str | None) -> gpd.GeoDataFrame:
    file, named = split_layer(path)
    layers = list_layers(file, "inventory")
    if layer is None and named is None:
        layers = inventory_layers(layers, file)
    chosen = choose_layer(file, layers, (LAYER,), layer or named)
    return require_polygons(read_rows(file, chosen), file.name, outlines=_LANDSLIDES)


def read_area(
    path: Path | str, layer: str | None = None, first: Sequence[str] = ()
) -> gpd.GeoDataFrame:
    """Read the polygons of an area file, in the file's CRS.

    As `read_inventory`, but of several layers it is the one that is named as areas are (`aoi`,
    `Study area`, …), else `mapped`, never `landslides`.

    Args:
        path: The file; `FILE|layername=LAYER` names a layer.
        layer: Layer name; by default the file's only one, or the only one with such a name.
        first: Names in lower case that go before those of areas.

    Raises:
        InventoryError: As for `read_inventory`.
    """
    file, named = split_layer(path)
    layers = list_layers(file, "area")
    groups = (first, AREA_LAYERS, (MAPPED,))
    wanted = next((group for group in groups if named_as(layers, group)), AREA_LAYERS)
    chosen = choose_layer(file, layers, wanted, layer or named)
    outlines = "the outline of the area"
    return require_polygons(read_rows(file, chosen), file.name, outlines=outlines)


def _warn_of_repeated(frame: gpd.GeoDataFrame, name: str) -> None:
    shapes = shapely.normalize(frame.geometry.to_numpy())
    repeated = pd.Series(shapely.to_wkb(shapes), dtype=object).duplicated().to_numpy()
    if repeated.any():
        log.warning(
            "%s: %s (%s); delete them if they were added by mistake",
            name,
            counted(
                int(repeated.sum()),
                "polygon is the same as an earlier one",
                "polygons are the same as earlier ones",
            ),
            list_rows(frame.index[repeated]),
        )


def require_near(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame, names: tuple[str, str]) -> None:
    """Raise InventoryError if two inventories of one area lie more than 100 km apart.

    Args:
        first: An inventory in a metric CRS.
        second: Another one in the same CRS.
        names: Names of the two, for the message.
    """
    if first.empty or second.empty:
        return
    gap_m = shapely.distance(*(shapely.box(*frame.total_bounds) for frame in (first, second)))
    if gap_m > _MAX_GAP_M:
        raise InventoryError(
            f"{names[0]} and {names[1]} lie {gap_m / 1000:.0f} km apart; check their CRSs"
        )


def write_inventory(frame: gpd.GeoDataFrame, path: Path, layer: str = LAYER) -> None:
    """Write an inventory as a GeoPackage of one layer; see `write_layers`."""
    write_layers({layer: frame}, path)


def write_layers(layers: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    """Write a GeoPackage atomically; the same rows give the same bytes.

    Args:
        layers: Rows by layer name.
        path: The file.
    """
    with atomic_write(path) as temporary:
        require_disk_space(temporary, sum(_size_limit_bytes(frame) for frame in layers.values()))
        written = temporary.with_name("layers.gpkg")  # no character of the path has a meaning here
        with plain_path(written) as plain:
            _write(layers, plain)
        written.rename(temporary)


def _write(layers: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    before = os.environ.get("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STABLE_DATE})
    try:
        for name, frame in layers.items():
            kind = "MultiPolygon" if (frame.geom_type == "MultiPolygon").any() else "Polygon"
            for start in range(0, max(len(frame), 1), _BATCH):
                pyogrio.write_dataframe(
                    frame.iloc[start : start + _BATCH],
                    path,
                    layer=name,
                    driver="GPKG",
                    geometry_type=kind,
                    promote_to_multi=kind == "MultiPolygon",
                    append=start > 0,
                )
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise OSError(str(error).splitlines()[0]) from error
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _size_limit_bytes(frame: gpd.GeoDataFrame) -> int:
    """Return an upper bound of a layer's size in a GeoPackage."""
    # At least four points make a ring, of 4 bytes, and a part, of 9.
    point_bytes = 8 * (3 if frame.has_z.any() else 2) + 4
    outlines = point_bytes * int(frame.count_coordinates().sum())
    columns = frame.drop(columns=frame.geometry.name).memory_usage(deep=True).sum()
    return 2**20 + 2 * (outlines + int(columns)) + 500 * len(frame)
