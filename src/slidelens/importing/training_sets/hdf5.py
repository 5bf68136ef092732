"""Read arrays of HDF5 files that may come from anywhere.

Arrays are taken only where they lie in the file itself: no links, no arrays in other files, no
filters that HDF5 would load as a plugin, and none larger than the memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slidelens.errors import SceneError
from slidelens.resources import require_memory, require_readable_file

_BUILT_IN_FILTERS = {1, 2, 3}  # deflate, shuffle and a checksum
_ERRORS = (OSError, RuntimeError, KeyError, ValueError, TypeError)


@contextmanager
def open_hdf5(path: Path) -> Iterator[Any]:
    """Yield an open HDF5 file; errors of HDF5 while it is open are translated.

    Raises:
        SceneError: The file is missing, damaged or no HDF5 file.
    """
    import h5py

    require_readable_file(path, "HDF5 file", SceneError)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except _ERRORS as error:
        reason = " ".join(str(error).split())[:200]
        raise SceneError(f"cannot read {path}: {reason}; is it a complete HDF5 file?") from error


def array_in(file: Any, name: str, path: Path, rank: int) -> Any:
    """Return an array of an open file, not yet read.

    Args:
        file: The open file.
        name: Name of the array.
        path: The file, for messages.
        rank: Number of dimensions that the array must have.

    Raises:
        SceneError: It is not there, has other dimensions, or lies in another file.
        ResourceError: It needs more memory than there is.
    """
    import h5py

    link = file.get(name, getlink=True)
    if link is None:
        held = ", ".join(sorted(file)[:8]) or "nothing"
        raise SceneError(f"{path} has no array {name}, but {held}; is it a file of this format?")
    array = file[name] if isinstance(link, h5py.HardLink) else None
    if not isinstance(array, h5py.Dataset) or array.is_virtual or array.external:
        raise SceneError(
            f"{path}: {name} is no array in the file itself; give a file without links"
        )
    if array.shape is None or array.dtype.kind not in "biuf" or len(array.shape) != rank:
        raise SceneError(
            f"{path}: {name} has the shape {array.shape} and the type {array.dtype}; expected are"
            f" numbers in {rank} dimensions"
        )
    properties = array.id.get_create_plist()
    filters = {properties.get_filter(index)[0] for index in range(properties.get_nfilters())}
    if filters - _BUILT_IN_FILTERS:
        raise SceneError(
            f"{path}: {name} needs a plugin of HDF5; write it with `h5repack -f GZIP=4`"
        )
    size_bytes = float(array.size) * max(array.dtype.itemsize, 4)
    require_memory(2 * size_bytes, f"the array {name} of {path}", "take another file")
    return array


def dimension_names(file: Any, array: Any) -> list[str]:
    """Return the names of an array's dimensions as NetCDF stores them; empty ones are not told.

    The references are read as such: HDF5's own search for them crashes on damaged files.

    Args:
        file: The open file.
        array: An array in it.
    """
    import h5py

    names = [""] * len(array.shape)
    if "DIMENSION_LIST" in array.attrs:
        for axis, references in enumerate(array.attrs["DIMENSION_LIST"][: len(names)]):
            reference = references[0] if len(references) else None
            if isinstance(reference, h5py.Reference) and reference:
                names[axis] = (file[reference].name or "").rpartition("/")[2]
    return names
