"""Landslide histories on disk: the layer `observations` of a GeoPackage."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio

from slidelens.errors import InventoryError

_COLUMNS = ("landslide_id", "date", "state")
_HINT = "is it a GeoPackage of histories?"


def read_observations(path: Path) -> gpd.GeoDataFrame:
    """Read the observations: a row for each landslide and date.

    Rows without geometry are kept: a healed landslide has a state and no outline.

    Returns:
        Columns landslide_id, date (text), state and geometry, and any others of the layer.

    Raises:
        InventoryError: The file cannot be read, or has no such layer or columns.
    """
    try:
        frame = pyogrio.read_dataframe(path, layer="observations", force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        reason = str(error).splitlines()[0]
        raise InventoryError(
            f"cannot read the layer observations of {path}: {reason}; {_HINT}"
        ) from error
    missing = [name for name in _COLUMNS if name not in frame.columns]
    if missing or not isinstance(frame, gpd.GeoDataFrame):
        column = missing[0] if missing else "geometry"
        raise InventoryError(f"the layer observations of {path} has no {column}; {_HINT}")
    return frame.assign(date=frame["date"].astype(str))
