"""Compare the CRS that GDAL gives for a vector file with the one that is written in it.

GDAL takes longitudes and latitudes where it does not understand the `crs` member of a GeoJSON, and
the code of a CRS in a GeoPackage whatever its definition says.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
from rasterio.crs import CRS

from slidelens.errors import InventoryError
from slidelens.geo.grid import crs_name

_END_BYTES = 65_536  # of a file's start and end, where a GeoJSON has its members
_FALLBACK = ("EPSG:4326", "EPSG:4979", "OGC:CRS84", "OGC:CRS84h")
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]')
_VALUE = re.compile(r"\s*:\s*")
_KINDS = ("name", "link", "epsg", "ogc")  # of crs members, in lower case
_SET_IT = "set it, for instance with `ogr2ogr -a_srs EPSG:32645`"
_LAST = 3
_APART_DEG = 0.1  # more than datums differ
_CRS_OF_LAYER = """
    select definition from gpkg_spatial_ref_sys join gpkg_geometry_columns using (srs_id)
    where lower(table_name) = lower(?)
"""


def require_as_written(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    """Raise InventoryError if the CRS of rows is not the one that is written in their file.

    Args:
        frame: The rows, in a CRS.
        path: Their file.
        layer: Their layer.

    Raises:
        InventoryError: The file names a CRS that GDAL does not understand, or two that differ.
    """
    if not path.is_file():
        return
    if frame.crs is None:
        _require_projection_file(path)
    with path.open("rb") as file:
        start = file.read(_END_BYTES)
        file.seek(max(0, path.stat().st_size - _END_BYTES))
        end = file.read()
    if start.startswith(b"SQLite format 3"):
        _require_one_definition(frame, path, layer)
    elif start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _is_fallback(frame.crs):
        for value in _members(start.decode("latin-1"), end.decode("latin-1")):
            if not _means_degrees(value):
                raise InventoryError(
                    f"{path} names a CRS that GDAL does not know, {json.dumps(value)[:100]};"
                    " write its true CRS, or remove `crs` if coordinates are longitudes and"
                    " latitudes in WGS 84"
                )


def _require_projection_file(path: Path) -> None:
    """Raise InventoryError if a Shapefile without a CRS has a text in its place."""
    for name in (path.with_suffix(".prj"), path.with_suffix(".PRJ")):
        if path.suffix.lower() == ".shp" and name.is_file() and name.stat().st_size:
            raise InventoryError(
                f"{path} has no CRS, because {name.name} holds none that PROJ knows; {_SET_IT}"
            )


def _is_fallback(crs: pyproj.CRS | None) -> bool:
    return crs is not None and ":".join(crs.to_authority() or ()) in _FALLBACK


def _means_degrees(value: Any) -> bool:
    """Return whether a crs member means what GDAL takes without one."""
    properties = value.get("properties") if isinstance(value, dict) else None
    if not isinstance(properties, dict):
        return False
    name = properties.get("name", f"EPSG:{properties.get('code')}")
    try:
        return _is_fallback(pyproj.CRS.from_user_input(str(name)))
    except pyproj.exceptions.ProjError:
        return str(name) == "CRS84"


def _members(start: str, end: str) -> Iterator[Any]:
    """Yield the values of `crs`, unless they are null, in the start and the end of a GeoJSON."""
    depth = 0
    for token in _TOKENS.finditer(start):
        depth += _step(token)
        if token.group() == '"crs"' and (found := _value(start, token.end())) is not None:
            value, _ = found
            if (depth == 1 and value is not None) or _is_member(value):
                yield value
    for token in list(re.finditer('"crs"', end))[-_LAST:]:  # those of all features come before
        if (found := _value(end, token.end())) is not None:
            value, after = found
            closed = sum(_step(later) for later in _TOKENS.finditer(end, after))
            if closed == -1 and value is not None:
                yield value


def _step(token: re.Match[str]) -> int:
    return {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group(), 0)


def _value(text: str, start: int) -> tuple[Any, int] | None:
    """Return the JSON value behind a key and where it ends; None if no value is there."""
    colon = _VALUE.match(text, start)
    if colon is None:
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, colon.end())
    except (ValueError, RecursionError):
        return None
    return value, end


def _is_member(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and str(value.get("type")).lower() in _KINDS
        and isinstance(value.get("properties"), dict)
    )


def _require_one_definition(frame: gpd.GeoDataFrame, path: Path, layer: str) -> None:
    """Raise InventoryError if a GeoPackage defines a CRS other than the code that it gives."""
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            rows = database.execute(_CRS_OF_LAYER, (layer,)).fetchall()
        defined = pyproj.CRS.from_user_input(str(rows[0][0]))
    except (sqlite3.Error, IndexError, pyproj.exceptions.ProjError):
        return  # nothing is written there that could be compared
    if frame.crs is None or _is_one_place(frame, defined):
        return
    raise InventoryError(
        f"{path} defines its CRS as {defined.name}, but gives it the code of"
        f" {crs_name(CRS.from_user_input(frame.crs))}; {_SET_IT}"
    )


def _is_one_place(frame: gpd.GeoDataFrame, defined: pyproj.CRS) -> bool:
    """Return whether two CRSs put the middle of rows in one place."""
    if defined.is_vertical or defined.is_engineering or defined.is_geocentric:
        return bool(frame.crs.is_vertical or frame.crs.is_engineering or frame.crs.is_geocentric)
    left, bottom, right, top = frame.total_bounds
    places = []
    for crs in (frame.crs, defined):
        try:
            transformer = pyproj.Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
            places.append(transformer.transform((left + right) / 2, (bottom + top) / 2))
        except pyproj.exceptions.ProjError:
            return crs is frame.crs  # which `require_located` refuses
    (x, y), (other_x, other_y) = places
    if not np.isfinite([x, y, other_x, other_y]).all():
        return not np.isfinite([x, y]).all()
    across = abs((x - other_x + 180) % 360 - 180)
    return bool(across < _APART_DEG and abs(y - other_y) < _APART_DEG)
