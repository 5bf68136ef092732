"""Read and write landslide inventories: vector files with one polygon per landslide."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import pyogrio
import shapely

from slidelens.errors import InventoryError
from slidelens.files import atomic_write, require_disk_space

log = logging.getLogger(__name__)

LAYER = "landslides"
SUFFIXES = (".gpkg", ".shp", ".geojson", ".fgb")
_POLYGONAL = ("Polygon", "MultiPolygon")
_MAX_GAP_M = 100_000.0  # between two inventories of one area
_STABLE_DATE = "2000-01-01T00:00:00.000Z"


def find_inventory(folder: Path, date: str) -> Path | None:
    """Return the path of a date's inventory, in any format, or None if the folder has none.

    Raises:
        InventoryError: The date has more than one inventory.
    """
    candidates = [folder / f"{date}{suffix}" for suffix in SUFFIXES]
    paths = [path for path in candidates if path.exists()]
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths)
        raise InventoryError(f"{folder} has {len(paths)} inventories for {date}: {names}; keep one")
    return paths[0] if paths else None


def read_inventory(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Read the polygons of a vector file, in the file's CRS.

    Z coordinates are dropped; invalid polygons are repaired with a warning.

    Args:
        path: The file, in any format that GDAL reads.
        layer: Layer name; by default `landslides` if the file has such a layer, else its only one.

    Returns:
        Polygon and MultiPolygon rows with the file's other columns, index 0…n-1; may be empty.

    Raises:
        InventoryError: The file cannot be read, has no CRS, has several layers to choose from, or
            holds lines or points.
    """
    path = Path(path)
    if not path.exists():
        raise InventoryError(f"there is no inventory {path}; check the path")
    try:
        frame = pyogrio.read_dataframe(path, layer=layer or _only_layer(path), force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as error:
        raise InventoryError(
            f"cannot read {path}: {str(error).splitlines()[0]}; is it a complete vector file?"
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InventoryError(f"{path} is a table without geometry; give a layer of polygons")
    if frame.crs is None:
        raise InventoryError(
            f"{path} has no CRS; set it, for instance with `ogr2ogr -a_srs EPSG:32645`"
        )
    return require_polygons(frame, path.name)


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


def _only_layer(path: Path) -> str:
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    if LAYER in names or len(names) == 1:
        return LAYER if LAYER in names else names[0]
    raise InventoryError(
        f"{path} has the layers {', '.join(names) or 'none'}; rename the one to use to `{LAYER}`"
    )


def require_polygons(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Drop rows without geometry and repair invalid polygons, each with a warning.

    Args:
        frame: The rows of a file.
        name: Name of the inventory, for messages.

    Returns:
        The rows that have an area, index 0…n-1.

    Raises:
        InventoryError: A geometry is not polygonal; the first such type is named.
    """
    empty = frame.geometry.isna() | frame.geometry.is_empty
    if empty.any():
        log.warning("%s: %d rows without geometry are left out", name, int(empty.sum()))
    frame = frame[~empty].reset_index(drop=True)
    refused = sorted(set(frame.geom_type) - {*_POLYGONAL})
    if refused:
        raise InventoryError(
            f"{name} holds {refused[0]} geometries, not polygons;"
            " give the outlines of the landslides"
        )
    return _repair(frame, name)


def _repair(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    invalid = ~frame.geometry.is_valid
    if not invalid.any():
        return frame
    log.warning(
        "%s: %d invalid polygons repaired (rows %s)",
        name,
        int(invalid.sum()),
        _list_rows(frame.index[invalid]),
    )
    fixed = frame.copy()
    # The method "linework" would fill a hole that shares an edge with its outline.
    fixed.loc[invalid, fixed.geometry.name] = shapely.make_valid(
        frame.geometry[invalid].values, method="structure", keep_collapsed=False
    )
    without_area = fixed.geometry.is_empty
    if without_area.any():
        log.warning(
            "%s: %d polygons have no area after repair and are left out (rows %s)",
            name,
            int(without_area.sum()),
            _list_rows(frame.index[without_area]),
        )
    return fixed[~without_area].reset_index(drop=True)


def _list_rows(index: Iterable[object], limit: int = 5) -> str:
    rows = [str(row) for row in index]
    more = f" and {len(rows) - limit} more" if len(rows) > limit else ""
    return ", ".join(rows[:limit]) + more


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
        before = os.environ.get("OGR_CURRENT_DATE")
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _STABLE_DATE})
        try:
            for name, frame in layers.items():
                kind = "MultiPolygon" if (frame.geom_type == "MultiPolygon").any() else "Polygon"
                pyogrio.write_dataframe(
                    frame,
                    temporary,
                    layer=name,
                    driver="GPKG",
                    geometry_type=kind,
                    promote_to_multi=kind == "MultiPolygon",
                )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
            raise OSError(str(error).splitlines()[0]) from error
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def _size_limit_bytes(frame: gpd.GeoDataFrame) -> int:
    """Return an upper bound of a layer's size in a GeoPackage."""
    outlines = sum(map(len, frame.geometry.to_wkb()))
    return (
        2**20
        + 2 * int(outlines + frame.drop(columns=frame.geometry.name).memory_usage(deep=True).sum())
        + 500 * len(frame)
    )
