"""Compare the rows that GDAL reads with those that a file holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyogrio

from slidelens.errors import InventoryError

_HEADER_BYTES, _RECORD_BYTES = 100, 8  # of the index of a shapefile
_SQLITE = b"SQLite format 3"


def require_all_rows(path: Path, layer: str, plain: Path) -> None:
    """Raise InventoryError if GDAL reads fewer rows than a file holds.

    Args:
        path: A vector file.
        layer: A layer of it.
        plain: A path to the same file in which GDAL gives no character a meaning.

    Raises:
        InventoryError: The counter of a GeoPackage is out of date, or outlines and table of a
            shapefile do not belong together.
    """
    if not path.is_file():
        return
    if path.suffix.lower() == ".shp":
        _require_one_table(path)
        return
    with path.open("rb") as file:
        start = file.read(len(_SQLITE))
    if start == _SQLITE:
        held, number = _count(path, layer), pyogrio.read_info(plain, layer=layer)["features"]
        if held is not None and 0 <= number < held:
            raise InventoryError(
                f"{path} holds {held} rows, of which {number} can be read, as its own counter"
                " (gpkg_ogr_contents) is out of date; write it again, for instance with"
                " `ogr2ogr new.gpkg FILE`"
            )


def _count(path: Path, layer: str) -> int | None:
    """Return how many rows a table of an SQLite file has; None if that cannot be told."""
    name = layer.replace('"', '""')
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as store:
            return int(store.execute(f'select count(*) from "{name}"').fetchone()[0])
    except (sqlite3.Error, ValueError, OverflowError):
        return None


def _require_one_table(path: Path) -> None:
    """Raise InventoryError if the table of a shapefile has fewer or more rows than outlines."""
    index, table = _beside(path, ".shx"), _beside(path, ".dbf")
    if index is None or table is None:
        return
    outlines = (index.stat().st_size - _HEADER_BYTES) // _RECORD_BYTES
    with table.open("rb") as file:
        rows = int.from_bytes(file.read(8)[4:], "little")
    if rows != outlines:
        raise InventoryError(
            f"{path} has {outlines} outlines, but its table {table.name} has {rows} rows; they do"
            " not belong together, copy all files of the shapefile again"
        )


def _beside(path: Path, suffix: str) -> Path | None:
    paths = (path.with_suffix(each) for each in (suffix, suffix.upper()))
    return next((each for each in paths if each.is_file()), None)
