"""Open rasters, and say on one line why one cannot be read."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rasterio
from rasterio._err import CPLE_BaseError  # GDAL's own errors, which some functions let through
from rasterio.errors import (
    CRSError,
    NodataShadowWarning,
    NotGeoreferencedWarning,
    RasterioError,
)

from slidelens.errors import ResourceError, SceneError
from slidelens.geo.rasters.gdal_text import NO_FORMAT, log_undecoded_texts
from slidelens.resources import require_readable_file

RASTER_ERRORS = (RasterioError, CRSError, CPLE_BaseError)


@contextmanager
def open_dataset(
    path: Path,
    kind: str = "scene",
    remedy: str = "is it a complete GeoTIFF?",
    remedy_if_damaged: str = "is it complete, with all files that it reads? copy it again",
) -> Iterator[rasterio.DatasetReader]:
    """Yield an open raster; errors of GDAL while it is open are translated.

    Args:
        path: The file.
        kind: What the file should be, for messages.
        remedy: End of the message for a file that cannot be opened.
        remedy_if_damaged: End of the message for one that can be opened, but not read.

    Raises:
        SceneError: The file is missing or cannot be read.
        ResourceError: There is too little memory for it.
    """
    log_undecoded_texts()
    require_readable_file(path, kind, SceneError)
    if not Path(path).stat().st_size:
        raise SceneError(f"the {kind} {path} is empty (0 bytes); copy it again")
    with warnings.catch_warnings():
        # A file without position is refused where the position is read; a file with a nodata
        # value and an alpha band is masked by both.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        warnings.simplefilter("ignore", NodataShadowWarning)
        with (
            translated_errors(path, remedy=remedy),
            rasterio.open(path) as dataset,
            translated_errors(path, remedy=remedy_if_damaged),
        ):
            _require_files(dataset, path)
            yield dataset


def files_of(path: Path) -> set[Path]:
    """Return the files that GDAL reads for a raster, with those of a VRT's sources.

    Args:
        path: The raster.

    Raises:
        SceneError: It is missing or cannot be read.
    """
    with open_dataset(path) as dataset:
        return {_on_disk(name) for name in _names_of_files(dataset, set())}


def _require_files(dataset: rasterio.DatasetReader, path: Path) -> None:
    """Raise SceneError if a VRT reads from a device or a pipe, which would be waited for."""
    if dataset.driver != "VRT":
        return
    for name in _names_of_files(dataset, set()):
        file = _on_disk(name)
        is_pipe = name.startswith("/vsistdin") or (
            file.exists() and not file.is_file() and not file.is_dir()
        )
        if is_pipe:
            raise SceneError(f"{path} reads from {name}, a device or a pipe; give a VRT of files")


def _names_of_files(dataset: rasterio.DatasetReader, seen: set[str]) -> Iterator[str]:
    """Yield GDAL's names of the files of a dataset, and of those of the VRTs among them."""
    for name in set(dataset.files) - seen:
        seen.add(name)
        yield name
        file = _on_disk(name)
        if file.suffix.lower() == ".vrt" and file.is_file():
            with rasterio.open(name) as inner:
                yield from _names_of_files(inner, seen)


def _on_disk(name: str) -> Path:
    """Return the file that GDAL reads by a name; one that does not exist if it is elsewhere."""
    return Path(re.sub(r"^(/vsi(gzip|subfile|sparse)/)+", "", name))


@contextmanager
def translated_errors(path: Path, remedy: str) -> Iterator[None]:
    """Turn errors of rasterio and GDAL about a file into a SceneError of one line.

    Args:
        path: The file that is read.
        remedy: End of the message.
    """
    try:
        yield
    except MemoryError as error:
        raise ResourceError(
            f"{path} needs more memory than there is; cut it, for instance with `gdal_translate"
            " -projwin`"
        ) from error
    except RASTER_ERRORS as error:
        reason = one_line_reason(error)
        if NO_FORMAT in reason:
            if Path(path).is_dir():
                raise SceneError(f"{path} is a folder, not a raster; name a file in it") from error
            if _is_vector(path):
                raise SceneError(f"{path} is a vector file, not a raster; give a raster") from error
            reason = "GDAL knows no raster format like it"
        raise SceneError(f"cannot read {path}: {reason}; {remedy}") from error


def _is_vector(path: Path) -> bool:
    import pyogrio  # only now: it takes memory, which workers of large maps do without

    try:
        return len(pyogrio.list_layers(path)) > 0
    except (pyogrio.errors.DataSourceError, ValueError):
        return False


def one_line_reason(error: Exception) -> str:
    """Return an error's text, or that of its cause, on one line."""
    return " ".join(str(error.__cause__ or error).split()).rstrip(".")
