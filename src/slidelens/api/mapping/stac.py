"""Read the scenes of a STAC catalogue, collection or item that lies in files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from slidelens.api.mapping.scenes import SceneSource
from slidelens.errors import ParamsError, SceneError
from slidelens.escaping import one_line
from slidelens.fetching.catalogues.hrefs import absolute_href

if TYPE_CHECKING:
    import pystac

_NAMES = ("data", "visual", "image")  # of the asset that is the scene
_NO_SCENES = {"thumbnail", "overview", "metadata", "mask", "cloud", "cloud-shadow", "snow-ice"}
_OTHER_FILES = (".json", ".geojson", ".gpkg", ".xml", ".txt", ".csv", ".parquet", ".pdf", ".html")


def read_stac(path: Path, asset: str | None) -> list[SceneSource]:
    """Return the scenes of a STAC object and of all that it links to, in the order of the links.

    Links lead to local files. An item whose scene cannot be told is returned with its problem.

    Args:
        path: JSON of a catalogue, collection, item, or list of items as a search returns it.
        asset: Name of the asset that is the scene; by default the one with the role `data`, or
            named `data`, `visual` or `image`, or the only raster.

    Raises:
        ParamsError: pystac is not installed.
        SceneError: The file is no STAC object, or holds no item.
    """
    try:
        import pystac  # noqa: F401
    except ImportError as error:
        raise ParamsError(
            f"{path} is read with pystac, which is not installed; run"
            " `pip install 'slidelens[stac]'`"
        ) from error
    found: list[SceneSource] = []
    seen: set[Path] = set()
    waiting = [str(path)]
    while waiting:
        place = waiting.pop()
        try:
            file = _local(place, path)
            if file.resolve() in seen:
                continue
            seen.add(file.resolve())
            items, links = _read(file)
        except SceneError as error:
            if not seen - {path.resolve()} and not found and place == str(path):
                raise
            found.append(SceneSource(Path(place).stem, place, problem=str(error)))
            continue
        found += [_scene(item, file, asset) for item in items if not _is_model(item)]
        waiting += reversed([absolute_href(link, str(file)) for link in links])
    if not found:
        raise SceneError(f"{path} holds no STAC item; name a catalogue with items")
    return found


def _read(path: Path) -> tuple[list[pystac.Item], list[str]]:
    """Return the items of a file, and the links to others.

    Raises:
        SceneError: It is no STAC object.
    """
    import pystac

    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values.get("type") == "FeatureCollection":
            return [pystac.Item.from_dict(each) for each in values["features"]], []
        read = pystac.read_dict(values, href=str(path))
    except OSError as error:
        raise SceneError(f"cannot read {path}: {error.strerror}; check the catalogue") from error
    except Exception as error:  # pystac raises errors of all kinds about what strangers wrote
        text = one_line(str(error))[:200]
        raise SceneError(
            f"{path} is no STAC catalogue, collection or item ({type(error).__name__}: {text})"
        ) from error
    if isinstance(read, pystac.Item):
        return [read], []
    links = [link.target for link in read.links if link.rel in ("item", "child")]
    return [], [link for link in links if isinstance(link, str)]


def _scene(item: pystac.Item, file: Path, asset: str | None) -> SceneSource:
    """Return the scene of an item, or its problem."""
    name = str(item.id)
    location = str(file) if name == file.stem else f"{file} ({name})"
    try:
        chosen = item.assets[_choose(item.assets, asset, name)]
        address = _address(absolute_href(chosen.href, str(file)), name, file)
    except SceneError as error:
        return SceneSource(name, location, problem=str(error))
    return SceneSource(name, location, address, _date(item.properties))


def _is_model(item: pystac.Item) -> bool:
    """Return whether an item is a network (extension MLM), not an image."""
    return any("mlm:model" in (each.roles or ()) for each in item.assets.values())


def _date(properties: Mapping[str, object]) -> str | None:
    """Return the day of an image, or the first and last day that it may be of."""
    names = ("datetime", "start_datetime", "end_datetime")
    values = [properties.get(name) for name in names]
    day, start, end = (value[:10] if isinstance(value, str) else None for value in values)
    if day or not (start and end) or start == end:
        return day or start
    return f"{start}/{end}"


def _choose(assets: Mapping[str, pystac.Asset], wanted: str | None, item: str) -> str:
    """Return the name of the asset that is the scene.

    Raises:
        SceneError: It cannot be told.
    """
    if not assets:
        raise SceneError(f"item {item} has no asset; give one that links to its image")
    listed = ", ".join(assets)
    if wanted is not None:
        if wanted not in assets:
            raise SceneError(f"item {item} has no asset {wanted} (--asset), only {listed}")
        return wanted
    rasters = {name: asset for name, asset in assets.items() if _may_be_scene(asset)}
    data = [name for name, asset in rasters.items() if "data" in (asset.roles or ())]
    named = [name for name in _NAMES if name in rasters]
    candidates = data or named or list(rasters)
    if len(candidates) != 1:
        raise SceneError(
            f"item {item}: which of its assets is the scene ({listed})? name one"
            " with asset (--asset), or make one file of its bands (`gdalbuildvrt -separate`)"
        )
    return candidates[0]


def _may_be_scene(asset: pystac.Asset) -> bool:
    if _NO_SCENES.intersection(asset.roles or ()):
        return False
    kind = (asset.media_type or "").partition(";")[0].strip()
    if kind:
        return kind.startswith("image/") or "hdf" in kind or "netcdf" in kind or "vrt" in kind
    return Path(urlsplit(asset.href).path).suffix.lower() not in _OTHER_FILES


def _address(href: str, item: str, file: Path) -> str:
    """Return what GDAL opens.

    Raises:
        SceneError: The scene lies elsewhere than in a file or behind http.
    """
    scheme = urlsplit(href).scheme
    if scheme in ("http", "https"):
        return f"/vsicurl/{href}"
    if scheme:
        raise SceneError(
            f"item {item} of {file} lies at {scheme}://…, and only files and http(s) addresses are"
            " read; download it, or sign its address"
        )
    return href


def _local(place: str, entrance: Path) -> Path:
    scheme = urlsplit(place).scheme
    if scheme:
        raise SceneError(
            f"{entrance} links to {place}, which is not on this machine; download that part of the"
            " catalogue too"
        )
    return Path(place)
