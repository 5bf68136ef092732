"""Find the scenes to map: files, the rasters of a folder, and the items of a STAC catalogue."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import rasterio
from rasterio.errors import NotGeoreferencedWarning

from slidelens.errors import ParamsError, SceneError
from slidelens.geo.rasters.opening import RASTER_ERRORS
from slidelens.outputs import is_named_as_file
from slidelens.resources import require_readable_file

log = logging.getLogger(__name__)

STAC_ENTRANCES = ("catalog.json", "collection.json")
_RASTERS = (".tif", ".tiff", ".jp2", ".img", ".vrt", ".ntf", ".nitf")  # kept though unreadable
_SIDE_FILES = (".msk", ".ovr", ".aux", ".rrd", ".xml", ".hdr", ".tfw", ".prj", ".json", ".txt")
_PICTURES = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "PDF", "SVG")  # drivers
_LONGEST_NAME = 100  # characters


@dataclass(frozen=True)
class SceneSource:
    """A scene to map.

    Attributes:
        name: Name of its folder in the output: letters, digits, dots, dashes and underscores.
        location: Where it comes from, for messages and the ledger.
        address: What GDAL opens: a path, or `/vsicurl/` and an address; empty if `problem` is set.
        date: Date of the image, if a catalogue tells it.
        problem: Why it cannot be mapped, on one line.
    """

    name: str
    location: str
    address: str = ""
    date: str | None = None
    problem: str | None = None


def is_one_scene(paths: Sequence[Path]) -> bool:
    """Return whether what the user names is one scene's file, not a folder or a catalogue."""
    return len(paths) == 1 and not _is_stac(paths[0]) and not _is_folder_of_scenes(paths[0])


def find_scenes(
    paths: Sequence[Path], asset: str | None = None, besides: Iterable[Path | None] = ()
) -> list[SceneSource]:
    """Return the scenes that files, folders and STAC catalogues hold, in their order.

    Of a folder these are its rasters, sorted by name, without masks, overviews and files that
    another raster of the folder reads.

    Args:
        paths: Files, folders, and STAC catalogues, collections or items.
        asset: Name of the asset that is the scene, of STAC items.
        besides: Files that are no scenes, for example the elevation raster.

    Raises:
        ParamsError: There is no scene, or two would have the same name.
        SceneError: A file is missing, or a catalogue cannot be read.
    """
    if asset is not None and not any(map(_is_stac, paths)):
        raise ParamsError(f"asset (--asset) is {asset}, but no STAC catalogue or item is named")
    found: list[SceneSource] = []
    left_out = {path.resolve() for path in besides if path is not None}
    for path in paths:
        if _is_stac(path):
            from slidelens.api.mapping.stac import read_stac

            found += read_stac(_entrance(path), asset)
        elif _is_folder_of_scenes(path):
            files = [file for file in _rasters_in(path) if file.resolve() not in left_out]
            if not files:
                raise ParamsError(f"{path} holds no raster; name the folder of the scenes")
            found += map(_of_file, files)
        else:
            require_readable_file(path, "scene", SceneError)
            found.append(_of_file(path))
    named = [replace(each, name=folder_name(each.name)) for each in found]
    _require_different(named)
    return named


def folder_name(text: str) -> str:
    """Return a name for a folder, which leads nowhere else and is no file's, whatever the text."""
    name = re.sub(r"[^\w.-]+", "_", text).strip("._-")[:_LONGEST_NAME]
    return f"{name}_scene" if is_named_as_file(Path(name)) else name or "scene"


def _of_file(path: Path) -> SceneSource:
    return SceneSource(path.stem, str(path), str(path))


def _is_stac(path: Path) -> bool:
    return path.suffix.lower() in (".json", ".geojson") or _entrance(path) != path


def _entrance(path: Path) -> Path:
    """Return the catalogue's file of a folder that has one, else the path."""
    inside = (path / name for name in STAC_ENTRANCES)
    return next(filter(Path.is_file, inside), path)


def _is_folder_of_scenes(path: Path) -> bool:
    """Return whether a path is a folder, and not one of the formats that are folders."""
    return path.is_dir() and _open(path) is None


@dataclass(frozen=True)
class _Opened:
    """What GDAL says about a file: whether it is an image, and what else it reads."""

    is_image: bool
    files: tuple[Path, ...]


def _open(path: Path) -> _Opened | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotGeoreferencedWarning)
            with rasterio.Env(), rasterio.open(path) as dataset:
                is_picture = dataset.driver in _PICTURES and dataset.crs is None
                files = tuple(Path(name).resolve() for name in dataset.files)
                return _Opened(dataset.count > 0 and not is_picture, files)
    except RASTER_ERRORS:
        return None


def _rasters_in(folder: Path) -> Iterator[Path]:
    """Yield the rasters of a folder, sorted; a damaged file with a raster's name is one too."""
    opened: dict[Path, _Opened | None] = {}
    for path in sorted(folder.iterdir()):
        suffix = path.suffix.lower()
        if path.is_file() and not path.name.startswith(".") and suffix not in _SIDE_FILES:
            seen = _open(path)
            if seen is not None or suffix in _RASTERS:
                opened[path] = seen
    read = {
        file: path
        for path, seen in opened.items()
        for file in (seen.files if seen else ())
        if file != path.resolve()
    }
    for path, seen in opened.items():
        if path.resolve() in read:
            log.info("%s is left out: %s reads it", path, read[path.resolve()].name)
        elif seen is not None and not seen.is_image:
            log.info("%s is left out: a picture without a place, or without bands", path)
        else:
            yield path


def _require_different(sources: Sequence[SceneSource]) -> None:
    """Raise ParamsError if two scenes would be written into the same folder."""
    before: dict[str, SceneSource] = {}
    for source in sources:
        other = before.setdefault(source.name.casefold(), source)
        if other is not source and other.location == source.location:
            raise ParamsError(f"the scene {source.location} is named twice; name it once")
        if other is not source:
            raise ParamsError(
                f"{other.location} and {source.location} would both be written into the folder"
                f" {source.name}; rename one, or map them with two commands"
            )
