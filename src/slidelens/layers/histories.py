"""Histories of landslides on disk: the layer `observations`, a row for each landslide and date."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio

from slidelens.errors import InventoryError

_COLUMNS = ("landslide_id", "date", "state")


def read_observations(path: Path) -> gpd.GeoDataFrame:
    """Observations with landslide_id, date, state and geometry, those without ground too: a healed landslide has a state and no outline.

    Raises InventoryError where the file cannot be read or is no such layer.
    """
    try:
        frame = pyogrio.read_dataframe(path, layer="observations", force_2d=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        reason = str(error).splitlines()[0]
        raise InventoryError(
            f"cannot read the layer observations of {path}: {reason}; is it a GeoPackage of histories?"
        ) from error
    missing = [name for name in _COLUMNS if name not in frame.columns]
    if missing or not isinstance(frame, gpd.GeoDataFrame):
        lacking = missing[0] if missing else "geometry"
        raise InventoryError(
            f"the layer observations of {path} has no {lacking}; is it a GeoPackage of histories?"
        )
    return frame.assign(date=frame["date"].astype(str))
