"""Turn the JSON of STAC items into items; what strangers wrote may be anything."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pyproj
import shapely

from slidelens.errors import SceneError
from slidelens.escaping import counted, one_line
from slidelens.fetching.catalogues.hrefs import absolute_href, is_web
from slidelens.fetching.catalogues.items import moment_of

if TYPE_CHECKING:
    import pystac

log = logging.getLogger(__name__)

_BAND_LISTS = ("bands", "eo:bands", "raster:bands")
_WEB = ("http", "https", "s3", "gs", "az", "abfs")
_GDAL_WEB = re.compile(r"/vsi(curl|s3|gs|az|adls)/")
_CODE = re.compile(r"[A-Za-z_]+:\w+")
_NOT_FINITE = ("nan", "inf", "-inf")  # numbers that JSON writes as text
_MOST_PX = 2**31 - 1  # sides of a raster of GDAL
_LONGEST = 60  # characters of an id in a message


def parse_items(
    dictionaries: Iterable[Any], href: str, collection: str | None = None
) -> list[pystac.Item]:
    """Return items from their JSON; those that are malformed are left out with a warning.

    Args:
        dictionaries: Decoded JSON.
        href: Path or address of the file that they come from.
        collection: Id of the only collection that is wanted; None for any.

    Raises:
        SceneError: There are items, and all of them are malformed.
    """
    items, reasons = [], []
    for values in dictionaries:
        if collection is not None and collection_of(values) != collection:
            continue
        try:
            items.append(_item(values, href))
        except _MalformedError as error:
            reasons.append(f"{_name(values)}: {error}")
            log.warning("%s is left out: %s", _name(values), error)
    if reasons and not items:
        raise SceneError(
            f"{counted(len(reasons), 'item of the catalogue is', 'items of the catalogue are')}"
            f" malformed ({reasons[0]}); tell who made the catalogue, or name another (--catalog)"
        )
    return items


def collection_of(values: Any) -> str | None:
    """Return the id of the collection of an item, decoded JSON; None if it names none."""
    named = values.get("collection") if isinstance(values, Mapping) else None
    return named if isinstance(named, str) else None


class _MalformedError(ValueError):
    """An item or an asset that cannot be used; the text tells why."""


def _name(values: Any) -> str:
    named = values.get("id") if isinstance(values, Mapping) else None
    text = one_line(named)[:_LONGEST] if isinstance(named, str) else ""
    return text or "an item without an id"


def _item(values: Any, href: str) -> pystac.Item:
    import pystac

    _require(isinstance(values, Mapping), "it is no object")
    _require(values.get("type") == "Feature", "its type is not Feature")
    _require(isinstance(values.get("id"), str) and values["id"], "its id is no text")
    _require_footprint(values.get("geometry"), values.get("bbox"))
    properties = values.get("properties")
    _require(isinstance(properties, Mapping), "its properties are no object")
    _require_code(properties)
    assets = values.get("assets")
    _require(isinstance(assets, Mapping), "its assets are no object")
    sound = {
        key: _counted(
            {name: value for name, value in each.items() if value is not None}
            | {"href": absolute_href(each["href"], href)}
        )
        for key, each in assets.items()
        if _is_sound(each, key, _name(values), href)
    }
    try:
        item = pystac.Item.from_dict(
            {"stac_version": "1.0.0", "links": [], **values, "assets": sound}, href=href
        )
        moment_of(item)
    except Exception as error:  # pystac raises whatever it comes upon
        is_time = isinstance(error, OverflowError) or "date" in str(error)
        what = "its datetime is no time" if is_time else "it is no STAC item"
        raise _MalformedError(_time_of(values, what)) from error
    return item


def _counted(asset: dict[str, Any]) -> dict[str, Any]:
    """Return an asset that tells odc-stac the number of its bands, which `eo:bands` does not."""
    if asset.get("eo:bands") and not asset.get("bands") and not asset.get("raster:bands"):
        return asset | {"raster:bands": [{} for _ in asset["eo:bands"]]}
    return asset


def _time_of(values: Mapping[str, Any], what: str) -> str:
    from pystac.utils import str_to_datetime

    for key in ("datetime", "start_datetime", "end_datetime"):
        value = values["properties"].get(key)
        try:
            if value is not None:
                str_to_datetime(value)
        except Exception:
            return f"its {key} is no time"
    return what


def _require(is_so: Any, what: str) -> None:
    if not is_so:
        raise _MalformedError(what)


def _require_footprint(geometry: Any, bbox: Any) -> None:
    if geometry is None:
        _require(isinstance(bbox, list), "it has no footprint")
        _require(len(bbox) in (4, 6) and all(map(_is_finite, bbox)), "its bbox is no box")
        return
    try:
        shape = shapely.geometry.shape(geometry)
        is_empty, bounds = shape.is_empty, shape.bounds
    except Exception:  # shapely raises whatever it comes upon
        raise _MalformedError("its geometry is no GeoJSON geometry") from None
    _require(not is_empty, "its footprint is empty")
    west, south, east, north = bounds
    is_on_earth = -360 <= west <= east <= 360 and -90.01 <= south <= north <= 90.01
    _require(is_on_earth, "its footprint is not in degrees")


def _require_code(properties: Mapping[str, Any]) -> None:
    code = properties.get("proj:code")
    epsg = properties.get("proj:epsg")
    try:
        if code is not None:
            _require(isinstance(code, str) and _CODE.fullmatch(code), "its proj:code is no code")
            pyproj.CRS.from_user_input(code)
        elif epsg is not None:
            _require(isinstance(epsg, int) and epsg > 0, "its proj:epsg is no code")
            pyproj.CRS.from_epsg(epsg)
    except pyproj.exceptions.CRSError:
        raise _MalformedError("its CRS is unknown (proj:code)") from None


def _is_sound(asset: Any, key: str, item: str, href: str) -> bool:
    """Return whether an asset can be used; a warning tells why not."""
    try:
        _require_asset(asset, href)
    except _MalformedError as error:
        log.warning("asset %s of %s is left out: %s", one_line(key)[:_LONGEST], item, error)
        return False
    return True


def _require_asset(asset: Any, base: str) -> None:
    _require(isinstance(asset, Mapping), "it is no object")
    _require_address(asset.get("href"), base)
    for key, kind in {"type": str, "roles": list}.items():
        value = asset.get(key)
        _require(value is None or isinstance(value, kind), f"its {key} is malformed")
    for key in _BAND_LISTS:
        bands = asset.get(key) or []
        are_objects = isinstance(bands, list) and all(isinstance(each, Mapping) for each in bands)
        _require(are_objects, f"its {key} is no list of objects")
        for each in bands:
            _require_band(each)
    _require_band(asset)
    _require_grid(asset.get("proj:shape"), asset.get("proj:transform"))


def _require_address(href: Any, base: str) -> None:
    """Raise an error unless a file is of the web, or a regular file if its catalogue is one."""
    _require(isinstance(href, str) and href and "\0" not in href, "its href is no text")
    try:
        whole = absolute_href(href, base)
        parts = urlsplit(whole)
    except ValueError:
        raise _MalformedError("its href is no address") from None
    if parts.scheme in _WEB or _GDAL_WEB.match(href):
        return
    what = "its href is neither a file nor an address of the web"
    is_path = not parts.scheme and not whole.startswith("/vsi")
    _require(is_path and not is_web(base), what)
    try:
        path = Path(whole)
        _require(path.is_file() or not path.exists(), what)
    except OSError:
        raise _MalformedError(what) from None


def _require_band(band: Mapping[str, Any]) -> None:
    for prefix in ("", "raster:"):
        scale, offset, nodata = (band.get(prefix + key) for key in ("scale", "offset", "nodata"))
        _require(
            scale is None or (_is_finite(scale) and scale > 0), "its scale is no number above 0"
        )
        _require(offset is None or _is_finite(offset), "its offset is no number")
        is_number = nodata is None or nodata in _NOT_FINITE or _is_finite(nodata)
        _require(is_number, "its nodata is no number")
    kind = band.get("data_type")
    _require(kind is None or isinstance(kind, str), "its data_type is no text")


def _require_grid(shape: Any, transform: Any) -> None:
    if shape is not None:
        is_size = isinstance(shape, list) and len(shape) == 2
        is_size = is_size and all(_is_finite(side) and 1 <= side <= _MOST_PX for side in shape)
        _require(is_size, "its proj:shape is no size")
    if transform is not None:
        is_transform = isinstance(transform, list) and len(transform) in (6, 9)
        is_transform = is_transform and all(map(_is_finite, transform))
        _require(is_transform, "its proj:transform is no transform")
        a, b, _, d, e, _ = transform[:6]
        _require(abs(a * e - b * d) > 0, "its proj:transform is no transform")


def _is_finite(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < 1e18 and math.isfinite(value)
