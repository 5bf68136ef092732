"""Say on one line why GDAL cannot read a vector file."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import pyogrio
import pyproj
import rasterio
import shapely
from rasterio.errors import NotGeoreferencedWarning, RasterioError

from slidelens.errors import InventoryError
from slidelens.geo.rasters.gdal_text import NO_FORMAT
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
    if NO_FORMAT in reason:
        return _of_no_format(path)
    if "does not exist in the file system" in reason:  # GDAL's text about archives and links
        reason = "it is an archive without files" if _is_empty_archive(path) else "GDAL finds none"
    return InventoryError(f"cannot read {path}: {reason[:300]}; is it a complete vector file?")


def _of_no_format(path: Path) -> InventoryError:
    """Return the error for what GDAL takes for no vector file."""
    if path.is_dir():
        return InventoryError(f"{path} is a folder, not a vector file; name a file in it")
    if _is_raster(path):
        return InventoryError(f"{path} is a raster, not a vector file; give polygons")
    reason = "GDAL knows no vector format like it"
    return InventoryError(f"cannot read {path}: {reason}; is it a complete vector file?")


def _is_raster(path: Path) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.Env(), rasterio.open(path):
                return True
    except RasterioError:
        return False


def _is_empty_archive(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return not any(not entry.is_dir() for entry in archive.infolist())
    except (OSError, ValueError, zipfile.BadZipFile):
        return False
