"""Read GeoParquet, which GDAL's own reader does not read everywhere."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely

from slidelens.errors import InventoryError
from slidelens.geo.vectors.crs import require_located

_SUFFIXES = (".parquet", ".geoparquet")


def is_geoparquet(path: Path) -> bool:
    """Return whether a file is GeoParquet by its suffix, in capitals or not."""
    return path.suffix.lower() in _SUFFIXES


def read_geoparquet(path: Path) -> gpd.GeoDataFrame:
    """Read the rows of a GeoParquet file in two dimensions, in its CRS.

    Further columns of geometry are left out.

    Args:
        path: The file.

    Raises:
        InventoryError: It cannot be read, or has no CRS.
    """
    try:
        frame = gpd.read_parquet(path)
    except ImportError as error:
        raise InventoryError(
            f"{path} is GeoParquet, which needs pyarrow; run pip install pyarrow, or convert it"
            " with ogr2ogr"
        ) from error
    except (ValueError, OSError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        reason = " ".join(str(error).split())[:200]
        raise InventoryError(
            f"cannot read {path}: {reason}; is it a complete GeoParquet?"
        ) from error
    crs = require_located(frame.crs, str(path))
    frame = frame.set_geometry(shapely.force_2d(frame.geometry.to_numpy()), crs=crs)
    if frame.geometry.name != "geometry":
        frame = frame.rename_geometry("geometry")
    spare = [column for column in frame if isinstance(frame[column].dtype, gpd.array.GeometryDtype)]
    return frame.drop(columns=[column for column in spare if column != "geometry"])
