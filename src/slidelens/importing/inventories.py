"""Read inventories of polygons to bring into a study: vector files, and WKT in CSV."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from slidelens.errors import InventoryError, ParamsError
from slidelens.geo.vectors.crs import require_located
from slidelens.geo.vectors.inventory import read_labels
from slidelens.geo.vectors.polygons import require_polygons
from slidelens.layers.crs.scale import places_of, warn_of_far
from slidelens.resources import require_memory, require_readable_file

log = logging.getLogger(__name__)

_CSV = (".csv",)
_OUTLINES = ("wkt", "geometry", "geom", "the_geom", "polygon")
_COORDINATES = ("lon", "lat", "long", "longitude", "latitude", "x", "y", "easting", "northing")
_NO_AREA = (
    "points have no area, and density, sizes, compare, lifecycle and training need polygons; give"
    " outlines"
)


@dataclass(frozen=True)
class ForeignInventory:
    """What an inventory file says about ground.

    Attributes:
        rows: Polygons of landslides, and of class `not landslide`, in the file's CRS.
        mapped: Polygons in which the landslides are complete; None: they are everywhere.
    """

    rows: gpd.GeoDataFrame
    mapped: gpd.GeoDataFrame | None


def read_foreign_inventory(path: Path, crs: str | None) -> ForeignInventory:
    """Read the polygons of a vector file: what `read_labels` reads, or CSV.

    Args:
        path: The file.
        crs: CRS of a CSV, which names none; None for other files.

    Raises:
        InventoryError: It cannot be read, has no CRS, holds points or lines, or has coordinates
            that are no place in its CRS.
        ParamsError: The CRS is missing, unknown, or given for a file that has its own.
    """
    found = _read_any(path, crs)
    if not found.rows.empty:
        warn_of_far(places_of(found.rows, path.name), path.name)
    return found


def _read_any(path: Path, crs: str | None) -> ForeignInventory:
    suffix = path.suffix.lower()
    if crs is not None and suffix not in _CSV:
        raise ParamsError(f"the CRS {crs} (--crs) is for CSV alone; {path} has its own")
    if suffix in _CSV:
        return ForeignInventory(_read_csv(path, crs), None)
    labels = read_labels(path)
    rows = labels.landslides
    if not labels.negatives.empty:
        rows = pd.concat([rows, labels.negatives], ignore_index=True)
    mapped = None if labels.mapped is None else labels.mapped[["geometry"]]
    return ForeignInventory(plain_columns(rows, path.name), mapped)


def _read_csv(path: Path, crs: str | None) -> gpd.GeoDataFrame:
    require_readable_file(path, "inventory", InventoryError)
    if path.is_file():
        require_memory(10 * path.stat().st_size, f"reading {path}", "split it")
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (ValueError, OSError) as error:  # pandas' own are ValueErrors
        reason = " ".join(str(error).split())[:200].removeprefix("Error tokenizing data. C error: ")
        if isinstance(error, UnicodeDecodeError):
            reason = "its text is in another encoding"
        elif isinstance(error, pd.errors.EmptyDataError):
            reason = "it is empty"
        raise InventoryError(f"cannot read {path}: {reason}; is it a table in UTF-8?") from error
    column = _outline_column(table, path)
    if crs is None:
        raise ParamsError(f"{path} names no CRS; give crs (--crs), like EPSG:4326")
    try:
        known = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise ParamsError(f"the CRS {crs} (--crs) is not known; give an EPSG code") from None
    table.index += 1  # rows are counted from 1 in messages
    shapes = [_from_text(text, path, row) for row, text in enumerate(table[column], 1)]
    frame = gpd.GeoDataFrame(
        table.drop(columns=column).rename(columns=str),
        geometry=shapely.force_2d(np.array(shapes, dtype=object)),
        crs=require_located(known, str(path)),
    )
    _require_metres(frame, crs, path)
    return plain_columns(require_polygons(frame, path.name), path.name)


def _require_metres(frame: gpd.GeoDataFrame, crs: str, path: Path) -> None:
    """Raise InventoryError if the CRS is projected, and all coordinates could be degrees."""
    left, bottom, right, top = frame.total_bounds
    if frame.crs.is_projected and left >= -180 and right <= 180 and bottom >= -90 and top <= 90:
        raise InventoryError(
            f"{path}: x is {left:g} to {right:g} and y {bottom:g} to {top:g}, which look like"
            f" degrees, and {crs} (--crs) is not in degrees; give the CRS of the outlines, for"
            " example EPSG:4326"
        )


def _outline_column(table: pd.DataFrame, path: Path) -> str:
    """Return the name of the column of outlines.

    Raises:
        InventoryError: There is none, or more than one.
    """
    columns = {str(name).strip().lower(): str(name) for name in table.columns}
    found = [columns[name] for name in _OUTLINES if name in columns]
    if len(found) == 1:
        return found[0]
    if found:
        raise InventoryError(
            f"{path} has the columns {' and '.join(found)}, each of which could hold the outlines;"
            " keep one"
        )
    if any(name in columns for name in _COORDINATES):
        raise InventoryError(f"{path} holds points: {_NO_AREA}")
    if len(table.columns) == 1 and (mark := next((m for m in ";\t|" if m in table.columns[0]), "")):
        raise InventoryError(f"{path} has no commas between its columns, but {mark!r}; use commas")
    raise InventoryError(
        f"{path} has the columns {', '.join(map(str, table.columns[:8]))}; expected is one of"
        f" outlines in WKT, called {', '.join(_OUTLINES)}"
    )


def _from_text(text: str, path: Path, row: int) -> shapely.Geometry | None:
    if not text.strip():
        return None
    try:
        shape = shapely.from_wkt(text)
    except (shapely.errors.GEOSException, ValueError, TypeError):
        raise InventoryError(
            f"{path}: row {row} holds {text[:40]!r}; expected is WKT, like POLYGON ((0 0, 1 0, 1 1,"
            " 0 0))"
        ) from None
    if shapely.get_dimensions(shape) == 0:
        raise InventoryError(f"{path}: row {row} is a point: {_NO_AREA}")
    return shape


def plain_columns(frame: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the rows with the columns that a GeoPackage can hold; a warning tells of the others.

    Args:
        frame: The rows.
        name: Name of the inventory, for the warning.
    """
    kept, seen, left_out = [], {"fid", "geom"}, []
    for column in frame.columns:
        values = frame[column]
        is_plain = column == "geometry" or values.dtype.kind in "biufM" or _is_text(values)
        if is_plain and str(column).lower() not in seen:
            kept.append(column)
            seen.add(str(column).lower())
        else:
            left_out.append(str(column))
    if left_out:
        log.warning("%s: columns left out: %s", name, ", ".join(left_out))
    return frame[kept]


def _is_text(values: pd.Series) -> bool:
    return all(isinstance(value, str) for value in values.dropna())
