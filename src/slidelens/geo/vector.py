"""Landslide inventories: polygons in a vector file, one row a landslide."""

from __future__ import annotations

import logging
import os
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
_MOST_GAP_M = 100_000.0  # between inventories of one area
_STABLE_DATE = "2000-01-01T00:00:00.000Z"


def find_inventory(folder: Path, date: str) -> Path | None:
    """The inventory of a date in a folder, whatever its format; None where there is none.

    Raises InventoryError where a date has two.
    """
    found = [
        folder / f"{date}{suffix}" for suffix in SUFFIXES if (folder / f"{date}{suffix}").exists()
    ]
    if len(found) > 1:
        raise InventoryError(
            f"{folder} has {len(found)} inventories for {date}: {', '.join(p.name for p in found)}; keep one"
        )
    return found[0] if found else None


def read_inventory(path: Path, layer: str | None = None) -> gpd.GeoDataFrame:
    """Polygons of a vector file, in the file's CRS, Z dropped, invalid ones repaired with a warning.

    layer: layer name; by default `landslides` where there is one, else the only layer
    Returns a GeoDataFrame of Polygon and MultiPolygon rows with the file's other columns, index 0…n-1; may be empty.
    Raises InventoryError where the file cannot be read, has no CRS, several layers to choose from, or lines or points.
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


def require_near(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame, names: tuple[str, str]) -> None:
    """Raises InventoryError where two inventories of one area, in one metric CRS, lie far apart. names: theirs, for the message."""
    if one.empty or other.empty:
        return
    gap_m = shapely.distance(*(shapely.box(*frame.total_bounds) for frame in (one, other)))
    if gap_m > _MOST_GAP_M:
        raise InventoryError(
            f"{names[0]} and {names[1]} lie {gap_m / 1000:.0f} km apart; check their CRSs"
        )


def _only_layer(path: Path) -> str:
    names = [str(name) for name, _ in pyogrio.list_layers(path)]
    if LAYER in names or len(names) == 1:
        return LAYER if LAYER in names else names[0]
    raise InventoryError(
        f"{path} has the layers {', '.join(names) or 'none'}; name one of them `{LAYER}`"
    )


def require_polygons(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Drop empty rows and repair invalid polygons, each with a warning; refuse lines and points.

    name: what to call the inventory in messages
    Raises InventoryError naming the first geometry type that is not polygonal.
    """
    empty = frame.geometry.isna() | frame.geometry.is_empty
    if empty.any():
        log.warning("%s: %d rows without geometry are left out", name, int(empty.sum()))
    frame = frame[~empty].reset_index(drop=True)
    other = sorted(set(frame.geom_type) - {*_POLYGONAL})
    if other:
        raise InventoryError(
            f"{name} holds {other[0]} geometries, not polygons; give the outlines of the landslides"
        )
    return _repaired(frame, name)


def _repaired(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    invalid = ~frame.geometry.is_valid
    if not invalid.any():
        return frame
    log.warning(
        "%s: %d invalid polygons repaired (rows %s)",
        name,
        int(invalid.sum()),
        _some(frame.index[invalid]),
    )
    fixed = frame.copy()
    # The other method, "linework", fills a hole that shares an edge with its outline.
    fixed.loc[invalid, fixed.geometry.name] = shapely.make_valid(
        frame.geometry[invalid].values, method="structure", keep_collapsed=False
    )
    lost = fixed.geometry.is_empty
    if lost.any():
        log.warning(
            "%s: %d polygons have no area after repair and are left out (rows %s)",
            name,
            int(lost.sum()),
            _some(frame.index[lost]),
        )
    return fixed[~lost].reset_index(drop=True)


def _some(index: object, most: int = 5) -> str:
    rows = [str(i) for i in index]  # type: ignore[attr-defined]
    return ", ".join(rows[:most]) + (f" and {len(rows) - most} more" if len(rows) > most else "")


def write_inventory(frame: gpd.GeoDataFrame, path: Path, layer: str = LAYER) -> None:
    """Write one layer; the same rows give the same bytes. See `write_layers`."""
    write_layers({layer: frame}, path)


def write_layers(layers: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    """Write a GeoPackage of one or more layers, whole or not at all; the same rows give the same bytes."""
    with atomic_write(path) as temporary:
        require_disk_space(temporary, sum(_most_bytes(frame) for frame in layers.values()))
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


def _most_bytes(frame: gpd.GeoDataFrame) -> int:
    """More than a layer takes in a GeoPackage."""
    outlines = sum(map(len, frame.geometry.to_wkb()))
    return (
        2**20
        + 2 * int(outlines + frame.drop(columns=frame.geometry.name).memory_usage(deep=True).sum())
        + 500 * len(frame)
    )
