"""Check that a CRS tells where on Earth polygons are."""

from __future__ import annotations

from functools import lru_cache

import pyproj
from rasterio.crs import CRS
from rasterio.errors import CRSError

from slidelens.errors import InventoryError

_SET_IT = "set it, for instance with `ogr2ogr -a_srs EPSG:32645`"


def require_located(crs: pyproj.CRS | None, name: str) -> pyproj.CRS:
    """Return a CRS without its heights if it tells where on Earth coordinates are.

    Args:
        crs: Any CRS, or None.
        name: What is in it, for messages.

    Raises:
        InventoryError: There is no CRS, or a local, vertical or geocentric one, or one that PROJ
            does not know.
    """
    if crs is None:
        raise InventoryError(f"{name} has no CRS; {_SET_IT}")
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    if crs.is_engineering or crs.is_vertical or crs.name.lower().startswith("undefined"):
        raise InventoryError(
            f"{name} has no CRS that tells where on Earth it is, but {crs.name}; {_SET_IT}"
        )
    if crs.is_geocentric:
        raise InventoryError(
            f"{name} is in {crs.name}, which counts from the centre of the Earth;"
            " reproject it, for instance with `ogr2ogr -t_srs EPSG:4326`"
        )
    reason = _why_unusable(crs.to_wkt())
    if reason is not None:
        raise InventoryError(
            f"{name} is in {crs.name}, which PROJ cannot relate to the Earth ({reason}); {_SET_IT}"
        )
    return crs.to_2d()


@lru_cache(maxsize=64)
def _why_unusable(wkt: str) -> str | None:
    """Return why a CRS cannot be used, in one line, or None."""
    try:
        pyproj.Transformer.from_crs(wkt, "EPSG:4326", always_xy=True)
        CRS.from_user_input(wkt)
    except (pyproj.exceptions.ProjError, CRSError, ValueError) as error:
        return " ".join(str(error).split())[:200] or type(error).__name__
    return None
