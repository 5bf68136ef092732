"""Say on one line why GDAL cannot read a vector file."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pyogrio
import pyproj
import shapely

from slidelens.errors import InventoryError
from slidelens.geo.vectors.archives import why_not

_DRIVERS_NOT_EVERYWHERE = {".arrow": "Arrow", ".feather": "Arrow"}
READING_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyproj.exceptions.ProjError,
    shapely.errors.ShapelyError,
    ArithmeticError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
)


def unreadable(path: Path, error: BaseException) -> InventoryError:
    """Return the error for a vector file that is there and cannot be read.

    Args:
        path: The file.
        error: What GDAL, pyogrio or shapely raised, one of `READING_ERRORS`.
    """
    driver = _DRIVERS_NOT_EVERYWHERE.get(path.suffix.lower())
    if driver and driver not in pyogrio.list_drivers():
        return InventoryError(
            f"cannot read {path}: the installed GDAL cannot read {driver} files; write it as a"
            " GeoPackage, for instance with geopandas"
        )
    text = next(iter(str(error).splitlines()), "") or type(error).__name__
    reason = text.partition("; It might help")[0].rstrip(".;")
    if isinstance(error, pyogrio.errors.CRSError):
        return InventoryError(
            f"cannot read the CRS of {path}: {reason[:300]};"
            " set it, for instance with `ogr2ogr -a_srs EPSG:32645`"
        )
    if "SHAPE_RESTORE_SHX" in reason:
        return InventoryError(
            f"{path} lacks its index {path.with_suffix('.shx').name}; copy it too, or make it anew"
            f" with `ogrinfo --config SHAPE_RESTORE_SHX YES {path.name}`"
        )
    if (unclear := why_not(path)) is not None:
        return InventoryError(f"cannot read {path}: {unclear}")
    if "does not exist in the file system" in reason:  # GDAL's text about archives and links
        reason = "it is an archive without files" if _is_empty_archive(path) else "GDAL finds none"
    return InventoryError(f"cannot read {path}: {reason[:300]}; is it a complete vector file?")


def _is_empty_archive(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return not any(not entry.is_dir() for entry in archive.infolist())
    except (OSError, ValueError, zipfile.BadZipFile):
        return False
