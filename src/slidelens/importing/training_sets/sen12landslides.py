"""Sen12Landslides: a NetCDF file a patch, with a series of images and the events' dates.

Höhn et al. (2025), doi 10.1038/s41597-025-06167-2. `data/s2/<region>_s2_<patch>.nc` holds, over
(time, y, x), the bands B02…B12, the scene classification SCL, MASK (the same at all times) and DEM;
`s1asc` and `s1dsc` hold VV and VH. The attribute `pre_post_dates`, for example `{'pre': 7, 'post':
8}`, holds the positions of the last image before and the first after each event of the patch. Both
are 0, or both the last position, where the event precedes or follows the whole series; patches
without landslides have none.
"""

from __future__ import annotations

import ast
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from slidelens.errors import ParamsError, SceneError
from slidelens.escaping import counted
from slidelens.importing.training_sets.bands import DEFAULT, SENTINEL2, choose_bands
from slidelens.importing.training_sets.collection import Image, Part, Pixels
from slidelens.importing.training_sets.finding import files_in, not_found
from slidelens.importing.training_sets.hdf5 import array_in, dimension_names, open_hdf5
from slidelens.importing.training_sets.labels import landslide_pixels, mosaic_type
from slidelens.layers.sentinel2_offset import OffsetCounts
from slidelens.types import Mask

log = logging.getLogger(__name__)

PIXEL_M = 10.0
_NAME = re.compile(r"(?P<region>[A-Za-z0-9][A-Za-z0-9_.-]*)_(?P<sensor>s2|s1asc|s1dsc)_\d+\.nc")
_EXPECTED = "italy_s2_6982.nc … (REGION_SENSOR_PATCH.nc, one sensor a folder)"
_RADAR = ("VV", "VH")
_UNSEEN = (0, 1, 3, 8, 9, 10)  # SCL: no data, defective, cloud shadow, clouds and cirrus
_LONGEST = 10_000  # characters of an attribute
_DIMENSIONS = ("time", "y", "x")

Side = Literal["pre", "post"]


def read_parts(
    folder: Path, bands: Sequence[str] | None, side: Side, regions: Sequence[str] | None
) -> list[Part]:
    """Return the patches, region by region, as one part.

    Args:
        folder: The folder with the files of one sensor.
        bands: Names of the bands to take; None: red, green, blue and nir, or VV and VH.
        side: Take the image before or after the events.
        regions: Names of the regions to take; None: all.

    Raises:
        SceneError: The folder holds something else, or a file is not as documented.
        ParamsError: There is no such band or region.
    """
    files = files_in(folder, (".nc",)) if folder.is_dir() else []
    if not files:
        raise not_found(folder, _EXPECTED)
    by_region, sensor = _by_region(files)
    taken = tuple(regions or by_region)
    for region in taken:
        if region not in by_region:
            raise ParamsError(
                f"there is no region {region} (--regions); there are {', '.join(by_region)}"
            )
    optical = tuple(code for code in SENTINEL2 if code not in ("B01", "B09", "B10"))
    codes, default = (optical, DEFAULT) if sensor == "s2" else (_RADAR, _RADAR)
    chosen = choose_bands((*codes, "DEM"), bands, default)
    wanted = tuple((*codes, "DEM")[position] for position in chosen.positions)
    paths = [path for region in dict.fromkeys(taken) for path in by_region[region]]
    offsets = OffsetCounts([code if code in SENTINEL2 else "" for code in wanted])
    images, dtype = _open_images(paths, wanted, side, offsets)
    if not images:
        raise SceneError(f"no patch of {folder} has an image {side} its event; take the other side")
    matches = (_NAME.fullmatch(image.name) for image in images)
    groups = Counter(match["region"] for match in matches if match)
    name = "-".join((*(regions or ()), side))
    values = f"as published; clouds masked by SCL; image {side} the event"
    return [Part(name, images, chosen.names, dtype, values, groups, partial(_doubt, offsets))]


def _doubt(offsets: OffsetCounts) -> str | None:
    line = offsets.describe()
    return line and f"{line}; take the release of the set that is harmonised (data_harmonized)"


def _by_region(files: Sequence[Path]) -> tuple[dict[str, list[Path]], str]:
    regions, sensors = defaultdict(list), set()
    for path in files:
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise SceneError(f"{path} is not named as expected, {_EXPECTED}; take it away")
        regions[match["region"]].append(path)
        sensors.add(match["sensor"])
    if len(sensors) > 1:
        raise SceneError(
            f"{files[0].parent} holds patches of {' and '.join(sorted(sensors))}; give a folder of"
            " one sensor"
        )
    return dict(regions), sensors.pop()


def _open_images(
    paths: Sequence[Path], wanted: Sequence[str], side: Side, offsets: OffsetCounts
) -> tuple[list[Image], str]:
    """Return the patches that have an image on the wanted side, and the type of their values."""
    images, types = [], set()
    told: Counter[str] = Counter()
    for path in paths:
        with open_hdf5(path) as file:
            array = _ordered(file, wanted[0], path)
            time, why = _position(file, path, side, array.shape[0])
            told[why] += 1
            if time is None:
                continue
            types |= {array_in(file, name, path, 3).dtype for name in wanted}
        read = partial(_read, path, wanted, time, side, offsets)
        images.append(Image(path.name, (array.shape[1], array.shape[2]), read))
    for reason, number in told.items():
        if reason:
            log.warning("%s %s", counted(number, "patch", "patches"), reason)
    return images, mosaic_type(np.result_type(*types)) if types else ""


class _Ordered:
    """An array of an open file that is read as (time, y, x) in whatever order it is stored."""

    def __init__(self, array: Any, order: tuple[int, ...]) -> None:
        self.array, self.order = array, order
        self.shape = tuple(array.shape[axis] for axis in order)

    def at(self, time: int) -> NDArray[Any]:
        """Return (y, x) the values at a position in time."""
        index = tuple(time if axis == self.order[0] else slice(None) for axis in range(3))
        values = np.asarray(self.array[index])
        return values if self.order[1] < self.order[2] else values.T


def _ordered(file: Any, name: str, path: Path) -> _Ordered:
    array = array_in(file, name, path, 3)
    names = dimension_names(file, array)
    if sorted(names) != sorted(_DIMENSIONS):
        raise SceneError(f"{path}: the dimensions of {name} are not time, y and x; copy it again")
    return _Ordered(array, tuple(names.index(dimension) for dimension in _DIMENSIONS))


def _position(file: Any, path: Path, side: Side, number: int) -> tuple[int | None, str]:
    """Return the position of the image to take, None if there is none, and what to tell."""
    events = _events(file, path, number)
    if not events:
        at = 0 if side == "pre" else number - 1
        which = "first" if side == "pre" else "last"
        return at, f"without an event: the {which} image of the series is taken"
    pre = min(before for before, _ in events)
    post = max(after for _, after in events)
    # Equal positions: the event precedes (0) or follows (the last) the whole series.
    if side == "pre" and any(before == after == 0 for before, after in events):
        return None, "left out: no image precedes an event"
    if side == "post" and any(before == after == number - 1 for before, after in events):
        return None, "left out: no image follows an event"
    return (pre if side == "pre" else post), ""


def _events(file: Any, path: Path, number: int) -> list[tuple[int, int]]:
    """Return the positions before and after each event of a patch."""
    text = file.attrs.get("pre_post_dates", "")
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    if text.strip() in ("", "None", "[]", "{}"):
        return []
    try:
        value = ast.literal_eval(text[:_LONGEST])
        events = [value] if isinstance(value, dict) else list(value)
        positions = [(int(event["pre"]), int(event["post"])) for event in events]
    except (ValueError, TypeError, KeyError, SyntaxError, RecursionError, MemoryError):
        raise SceneError(
            f"{path}: pre_post_dates is {text[:60]!r}; expected is {{'pre': 7, 'post': 8}}"
        ) from None
    if not all(0 <= at < number for pair in positions for at in pair):
        raise SceneError(f"{path}: pre_post_dates is {text[:60]!r}, of {number} images")
    return positions


def _read(
    path: Path, wanted: Sequence[str], time: int, side: Side, offsets: OffsetCounts
) -> Pixels:
    with open_hdf5(path) as file:
        arrays = [_ordered(file, name, path) for name in wanted]
        labels = _ordered(file, "MASK", path).at(0)
        values = np.stack([array.at(time) for array in arrays], axis=-1)
        valid = _seen(values, arrays)
        if "SCL" in file:
            valid &= ~np.isin(_ordered(file, "SCL", path).at(time), _UNSEEN)
    if labels.shape != values.shape[:2]:
        raise SceneError(f"{path}: MASK has the shape {labels.shape}; copy it again")
    offsets.add(values, valid)
    mask = landslide_pixels(labels, f"{path}: MASK", mark=1)
    # Before the event there is no landslide of it.
    return Pixels(values, valid, mask if side == "post" else np.zeros_like(mask))


def _seen(values: NDArray[Any], arrays: Sequence[_Ordered]) -> Mask:
    seen = np.isfinite(values).all(axis=-1)
    for band, array in enumerate(arrays):
        if "_FillValue" in array.array.attrs:
            fill = np.ravel(array.array.attrs["_FillValue"])[0]
            seen &= values[..., band] != fill
    return np.asarray(seen)
