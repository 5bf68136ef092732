"""Open vector files: their paths, their layers, and the rows of one layer."""

from __future__ import annotations

import logging
import re
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from numpy.typing import NDArray

from slidelens.errors import InventoryError
from slidelens.escaping import counted
from slidelens.geo.vectors.archives import inside
from slidelens.geo.vectors.completeness import require_all_rows
from slidelens.geo.vectors.crs import require_located
from slidelens.geo.vectors.geoparquet import is_geoparquet, read_geoparquet
from slidelens.geo.vectors.labels import named_as
from slidelens.geo.vectors.reading_errors import READING_ERRORS, unreadable
from slidelens.geo.vectors.written_crs import require_as_written
from slidelens.resources import require_readable_file

log = logging.getLogger(__name__)

# GDAL and pyogrio give these a meaning: archives, parameters, queries, comments.
_SPECIAL = re.compile(r"[!;?#%|\r\n]|^/vsi", re.IGNORECASE)
_LAYER_OF_PATH = re.compile(r"(?P<path>.+?)\|layername=(?P<layer>[^|]+)", re.DOTALL)
_MAX_LISTED = 8
_MAX_WARNINGS = 3
_REPORTED_ANYWAY = ("Non closed ring", "invalid value")  # GDAL's and shapely's, of open rings
_OF_FOLDERS = (".kml", ".kmz")  # in which a folder of folders is a layer without rows
_FLAT = ("Polygon", "Unknown", "GeometryCollection", "Surface", "TIN", "Triangle")


def split_layer(path: Path | str) -> tuple[Path, str | None]:
    """Return a file and the layer that its path names as QGIS does: `FILE|layername=LAYER`.

    A file whose own name holds such text is that file.
    """
    match = None if _exists(Path(path)) else _LAYER_OF_PATH.fullmatch(str(path))
    return (Path(match["path"]), match["layer"]) if match else (Path(path), None)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that is too long, or holds a null character
        return False


@contextmanager
def plain_path(path: Path) -> Iterator[Path]:
    """Yield a path to the same file in which GDAL gives no character a meaning.

    It is the absolute path, or leads through symbolic links in a temporary folder where folder or
    name hold such characters. Files beside it with the same stem can be reached too.

    Args:
        path: A file, which need not exist if its name is to be written.
    """
    path = path.absolute()
    if not _SPECIAL.search(str(path)):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="slidelens-") as temporary:
        folder = Path(temporary) / "folder"
        folder.symlink_to(path.parent, target_is_directory=True)
        if not _SPECIAL.search(path.name):
            yield folder / path.name
            return
        named = Path(temporary) / "named"
        named.mkdir()
        for sibling in path.parent.iterdir():
            if sibling == path or sibling.name.startswith(f"{path.stem}."):
                (named / _SPECIAL.sub("_", sibling.name)).symlink_to(sibling)
        yield named / _SPECIAL.sub("_", path.name)


def list_layers(path: Path, kind: str) -> dict[str, str]:
    """Return the geometry types of a file's layers that have geometry, by name.

    Args:
        path: A vector file.
        kind: What it should be, for messages: "inventory", "area".

    Raises:
        InventoryError: The file is absent, a device or empty, GDAL cannot read it, or no layer has
            geometry.
    """
    require_readable_file(path, kind, InventoryError)
    if path.is_file() and path.stat().st_size == 0:
        raise InventoryError(f"{path} is empty (0 bytes); copy it again")
    if is_geoparquet(path):
        return {path.stem: "Unknown"}
    try:
        with plain_path(path) as plain:
            layers = pyogrio.list_layers(inside(plain))
            if len(layers) > 1 and path.suffix.lower() in _OF_FOLDERS:
                layers = _with_rows(plain, layers)
    except READING_ERRORS as error:
        raise unreadable(path, error) from error
    with_geometry = {str(name): str(geometry) for name, geometry in layers if geometry}
    if not with_geometry:
        raise InventoryError(f"{path} is a table without geometry; give a layer of polygons")
    return with_geometry


def _with_rows(plain: Path, layers: NDArray[Any]) -> NDArray[Any]:
    """Return the layers that hold rows; all if none does."""
    counts = [pyogrio.read_info(plain, layer=str(name))["features"] for name, _ in layers]
    return layers[np.array(counts) != 0] if any(counts) else layers


def choose_layer(
    path: Path, layers: dict[str, str], preferred: Iterable[str], named: str | None
) -> str:
    """Return the layer to read: the named one, the only one, or the only preferred one.

    Args:
        path: The file, for messages.
        layers: Geometry types by name.
        preferred: Names in lower case of which one is taken if there are several layers.
        named: The layer that the user names.

    Raises:
        InventoryError: The named layer is not there, or several could be meant.
    """
    if named is not None:
        if named not in layers:
            raise InventoryError(f"{path} has no layer {named}; it has {_listed(layers)}")
        return named
    if len(layers) == 1:
        return next(iter(layers))
    chosen = named_as(layers, preferred)
    if len(chosen) == 1:
        return chosen[0]
    flat = [name for name, geometry in layers.items() if any(part in geometry for part in _FLAT)]
    if len(flat) == 1:
        log.warning("%s: of %s, only %s holds polygons and is read", path, _listed(layers), flat[0])
        return flat[0]
    raise InventoryError(
        f"{path} has {_listed(layers)}; name the one to use:"
        f" '{path}|layername={(chosen or flat or list(layers))[0]}'"
    )


def _listed(layers: Iterable[str]) -> str:
    names = list(layers)
    more = f" and {len(names) - _MAX_LISTED} more" if len(names) > _MAX_LISTED else ""
    return f"the layer{'s' if len(names) > 1 else ''} {', '.join(names[:_MAX_LISTED])}{more}"


def read_rows(path: Path, layer: str) -> gpd.GeoDataFrame:
    """Read the rows of a layer in two dimensions, in its CRS without heights.

    Text that cannot be decoded and outlines that no ring can be made of do not stop the reading;
    a warning tells of them.

    Args:
        path: A vector file.
        layer: A layer with geometry.

    Raises:
        InventoryError: The file cannot be read, or its CRS does not tell where on Earth it is.
    """
    if is_geoparquet(path):
        return read_geoparquet(path)
    try:
        with plain_path(path) as plain, _logged_warnings(path.name):
            require_all_rows(path, layer, plain)
            frame = _read(inside(plain), layer, path.name)
    except READING_ERRORS as error:
        raise unreadable(path, error) from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InventoryError(f"{path} is a table without geometry; give a layer of polygons")
    require_as_written(frame, path, layer)
    return frame.set_crs(require_located(frame.crs, str(path)), allow_override=True)


@contextmanager
def _logged_warnings(name: str) -> Iterator[None]:
    """Log the warnings that GDAL gives while a file is read, each once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # of code, perhaps of another thread's: not about the file
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
    texts = (" ".join(str(warning.message).split()) for warning in caught)
    for text in list(dict.fromkeys(texts))[:_MAX_WARNINGS]:
        if not text.startswith(_REPORTED_ANYWAY):
            log.warning("%s: %s", name, text[:300])


def _read(plain: str, layer: str, name: str) -> gpd.GeoDataFrame:
    encoding = None
    try:
        return pyogrio.read_dataframe(plain, layer=layer, force_2d=True)
    except UnicodeDecodeError:
        log.warning(
            "%s: its text is not in the encoding that the file declares; it is read as Latin-1, "
            "and geometry as it is",
            name,
        )
        encoding = "ISO-8859-1"
    except shapely.errors.GEOSException:
        pass
    options = {"layer": layer, "force_2d": True, "encoding": encoding}
    frame = pyogrio.read_dataframe(plain, on_invalid="fix", **options)
    outlines = pyogrio.raw.read(plain, columns=[], **options)[2]
    return _report_outlines(outlines, name, frame)


def _report_outlines(
    outlines: NDArray[Any], name: str, frame: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Name the rows whose outlines were closed; drop those of which nothing could be made."""
    written = np.array([outline is not None for outline in outlines], dtype=bool)
    broken = written & shapely.is_missing(shapely.from_wkb(outlines, on_invalid="ignore"))
    lost = broken & frame.geometry.isna().to_numpy()
    for rows, what in (
        (
            broken & ~lost,
            (
                "ring that does not end where it begins is closed",
                "rings that do not end where they begin are closed",
            ),
        ),
        (
            lost,
            (
                "outline that is no polygon is left out",
                "outlines that are no polygons are left out",
            ),
        ),
    ):
        if rows.any():
            log.warning(
                "%s: %s (%s)", name, counted(rows.sum(), *what), list_rows(np.flatnonzero(rows))
            )
    if len(lost) and lost.all():
        raise InventoryError(f"{name} has no outline that is a polygon; is it a complete file?")
    return frame[~lost]


def list_rows(rows: Iterable[object], limit: int = 5) -> str:
    """Return the numbers of rows as text: `row 4`, `rows 1, 2, 3, 4, 5 and 9 more`."""
    numbers = [str(row) for row in rows]
    more = f" and {len(numbers) - limit} more" if len(numbers) > limit else ""
    return f"row{'s' if len(numbers) > 1 else ''} {', '.join(numbers[:limit])}{more}"
