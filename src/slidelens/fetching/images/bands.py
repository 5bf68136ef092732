"""Find the bands of STAC items by the names that slidelens uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slidelens.importing.training_sets.bands import DEFAULT, SENTINEL2

if TYPE_CHECKING:
    import pystac

CLASSES = "scl"  # the scene classification of Sentinel-2
# Other names of bands: of STAC, for Sentinel-2 and Landsat. Earlier ones go before later ones.
_OTHER_NAMES = {
    "nir": ("nir08",),
    "nir_narrow": ("nir08",),
    "watervapour": ("nir09",),
    "swir1": ("swir16",),
    "swir2": ("swir22",),
    "rededge1": ("rededge071",),
    "rededge2": ("rededge075",),
    "rededge3": ("rededge078",),
}
_SUFFIXES = ("", "_10m", "_20m", "_60m")
_NO_DATA_ROLES = {"thumbnail", "overview", "visual", "metadata"}
_PICTURES = ("visual", "preview", "rendered_preview", "thumbnail", "overview")


@dataclass(frozen=True)
class ItemBand:
    """A band of an item.

    Attributes:
        asset: Key of its asset.
        position: Position in the file, from 1.
        only: Whether the file has no other band.
        href: Where the file is.
        scale: Values are stored × scale + offset; None if the item does not say.
        offset: See `scale`.
        nodata: Stored value that stands for no data; None if the item does not say.
        dtype: Type of the stored values; None if the item does not say.
        checksum: That of the file, as the item gives it, or None.
    """

    asset: str
    position: int
    only: bool
    href: str
    scale: float | None = None
    offset: float | None = None
    nodata: float | None = None
    dtype: str | None = None
    checksum: str | None = None


def find_band(item: pystac.Item, name: str) -> ItemBand | None:
    """Return a band of an item, or None.

    It is looked for by the keys of the assets, then by the names and common names of their bands.

    Args:
        item: The item.
        name: For example `red`, `B04` or `swir1`.
    """
    keys = {key.lower(): key for key in item.assets if key.lower() not in _PICTURES}
    names = list(_names(name, is_sentinel2(item)))
    for wanted in names:
        key = keys.get(wanted)
        if key is not None and len(_bands(item.assets[key])) <= 1:
            return _item_band(item.assets[key], key, 1, True)
    for wanted in names:
        for key, asset in item.assets.items():
            bands = _bands(asset)
            if _is_picture(key, asset):
                continue
            for position, band in enumerate(bands, 1):
                if wanted in _own_names(band):
                    return _item_band(asset, key, position, len(bands) == 1)
    return None


def file_band(item: pystac.Item, asset: str) -> ItemBand:
    """Return the first band of an asset."""
    return _item_band(item.assets[asset], asset, 1, len(_bands(item.assets[asset])) <= 1)


def default_bands(items: Iterable[pystac.Item]) -> tuple[str, ...]:
    """Return red, green, blue and nir, without those that no item has."""
    listed = list(items)
    return tuple(name for name in DEFAULT if any(find_band(item, name) for item in listed))


def is_model(item: pystac.Item) -> bool:
    """Return whether an item is a network (extension MLM), which names the bands that it takes."""
    return any("mlm:model" in (asset.roles or ()) for asset in item.assets.values())


def is_sentinel2(item: pystac.Item) -> bool:
    """Return whether an item is an image of Sentinel-2."""
    stated = (item.properties.get(name) for name in ("platform", "constellation"))
    said = (item.collection_id, *stated)
    return any(str(text).lower().startswith("sentinel-2") for text in said)


def _names(name: str, numbered: bool) -> Iterator[str]:
    """Yield the spellings of a band's name, in lower case, the likeliest first.

    Args:
        name: A name.
        numbered: Whether Sentinel-2's numbers mean its bands; elsewhere they mean others.
    """
    own = name.lower()
    if not numbered:
        yield from (own, *_OTHER_NAMES.get(own, ()))
        return
    numbers = {number.lower(): known for number, known in SENTINEL2.items()}
    number = f"b0{own[1:]}" if len(own) == 2 and own[0] == "b" else own
    known = numbers.get(number, own)
    yield own
    yield known
    for each, other in numbers.items():
        if other == known:
            yield from (f"{each}{suffix}" for suffix in _SUFFIXES)
            yield f"b{each[1:].lstrip('0')}"
    yield from (f"{known}{suffix}" for suffix in _SUFFIXES[1:])
    yield from _OTHER_NAMES.get(known, ())


def _is_picture(key: str, asset: pystac.Asset) -> bool:
    return key.lower() in _PICTURES or bool(_NO_DATA_ROLES.intersection(asset.roles or ()))


def _bands(asset: pystac.Asset) -> list[Mapping[str, Any]]:
    """Return what an asset says about its bands, in file order; empty if it says nothing."""
    lists = [asset.extra_fields.get(key) or [] for key in ("bands", "eo:bands", "raster:bands")]
    number = max(map(len, lists))
    merged: list[dict[str, Any]] = [{} for _ in range(number)]
    for each in lists:
        for band, values in zip(merged, each, strict=False):
            band.update(values)
    return list(merged)


def _own_names(band: Mapping[str, Any]) -> set[str]:
    keys = ("name", "common_name", "eo:common_name")
    return {str(band[key]).lower() for key in keys if band.get(key)}


def _item_band(asset: pystac.Asset, key: str, position: int, only: bool) -> ItemBand:
    bands = _bands(asset)
    band = {**asset.extra_fields, **(bands[position - 1] if bands else {})}

    def number(name: str) -> float | None:
        value = band.get(f"raster:{name}", band.get(name))
        try:
            return None if value is None else float(value)
        except (TypeError, ValueError):
            return None

    dtype = band.get("data_type")
    return ItemBand(
        asset=key,
        position=position,
        only=only,
        href=asset.href,
        scale=number("scale"),
        offset=number("offset"),
        nodata=number("nodata"),
        dtype=str(dtype) if dtype else None,
        checksum=asset.extra_fields.get("file:checksum"),
    )
