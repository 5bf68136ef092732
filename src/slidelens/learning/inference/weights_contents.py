"""What a weights file holds, read without trusting it.

A weights file may come from anywhere. It is opened as plain HDF5 and may hold arrays of numbers
alone: no links, which could lead to other files, no arrays that lie in other files, no objects,
and no filters that HDF5 would load as a plugin. Keras never reads a network from it, only arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slidelens.errors import WeightsError
from slidelens.resources import require_memory, require_readable_file

_LONGEST_TEXT = 1_000_000  # characters or bytes of the metadata
_MOST_OBJECTS = 100_000
_BUILT_IN_FILTERS = {1, 2, 3}  # deflate, shuffle and a checksum
_ERRORS = (OSError, RuntimeError, KeyError, ValueError, TypeError, OverflowError, MemoryError)


@dataclass(frozen=True)
class WeightsContents:
    """What a weights file holds.

    Attributes:
        text: Its metadata; None if it has none.
        shapes: Shapes of its arrays.
    """

    text: str | None
    shapes: tuple[tuple[int, ...], ...]

    @property
    def count(self) -> int:
        """Number of weights in all arrays."""
        return sum(math.prod(shape) for shape in self.shapes)


class _ForeignError(Exception):
    """Something that a weights file must not hold."""


def read_contents(path: Path, attribute: str) -> WeightsContents:
    """Return the metadata and the shapes of the arrays of a weights file.

    Args:
        path: The file.
        attribute: Name of the attribute that holds the metadata.

    Raises:
        WeightsError: It is no HDF5 file, is damaged, or holds what a weights file must not hold.
        ResourceError: Its arrays need more memory than there is.
    """
    import h5py

    require_readable_file(path, "weights file", WeightsError)
    try:
        with h5py.File(path, "r") as file:
            text = _read_text(file, attribute)
            arrays = list(_arrays(file))
            size_bytes = float(sum(math.prod(each.shape) * each.dtype.itemsize for each in arrays))
            contents = WeightsContents(text, tuple(tuple(each.shape) for each in arrays))
    except _ForeignError as error:
        raise WeightsError(f"{path} {error}; a weights file of slidelens does not") from error
    except _ERRORS as error:
        raise WeightsError(
            f"cannot read {path}: not a weights file, or truncated; copy it again"
        ) from error
    require_memory(size_bytes, f"loading the weights in {path}", "take another weights file")
    return contents


def _read_text(file: Any, name: str) -> str | None:
    import h5py

    if name not in file.attrs:
        return None
    if file.attrs.get_id(name).get_storage_size() > _LONGEST_TEXT:
        raise _ForeignError(f"holds more than {_LONGEST_TEXT:,} bytes of metadata")
    text = file.attrs[name]
    if isinstance(text, h5py.Empty) or not isinstance(text, str) or len(text) > _LONGEST_TEXT:
        raise _ForeignError(f"holds metadata that are no text of at most {_LONGEST_TEXT:,} bytes")
    return text


def _arrays(file: Any) -> Iterator[Any]:
    """Yield the arrays of a file, each object once however many links it has."""
    import h5py

    groups, seen, links = [file["/"]], set(), 0
    while groups:
        group = groups.pop()
        for name in group:
            links += 1
            if links > _MOST_OBJECTS:
                raise _ForeignError(f"holds more than {_MOST_OBJECTS:,} objects")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise _ForeignError("holds a link, which may lead to another file")
            each = group[name]
            address = h5py.h5o.get_info(each.id).addr
            if address in seen:
                continue
            seen.add(address)
            if isinstance(each, h5py.Group):
                groups.append(each)
            else:
                _require_plain(each)
                yield each


def _require_plain(each: Any) -> None:
    import h5py

    if not isinstance(each, h5py.Dataset) or each.shape is None or each.dtype.kind not in "fiu":
        raise _ForeignError("holds something other than arrays of numbers")
    if each.is_virtual or each.external:
        raise _ForeignError("holds an array that lies in another file")
    properties = each.id.get_create_plist()
    filters = {properties.get_filter(index)[0] for index in range(properties.get_nfilters())}
    if filters - _BUILT_IN_FILTERS:
        raise _ForeignError("holds an array that needs a plugin of HDF5")
