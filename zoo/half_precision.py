"""Write the weights of a file in half precision and compressed, which quarters its size."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from slidelens.files import atomic_write


def halve(source: Path, target: Path) -> None:
    """Write the kernels of a weights file in half precision; vectors and metadata stay as they are.

    Args:
        source: A weights file.
        target: The new file; the same kind of file, which slidelens reads in single precision.
    """
    with (
        atomic_write(target) as temporary,
        h5py.File(source) as old,
        h5py.File(temporary, "w") as new,
    ):
        _copy(old, new)


def _copy(old: h5py.Group, new: h5py.Group) -> None:
    for name, value in old.attrs.items():
        new.attrs[name] = value
    for name, item in old.items():
        if isinstance(item, h5py.Group):
            _copy(item, new.create_group(name))
            continue
        values = item[()]
        if values.ndim > 1:
            half = values.astype(np.float16)
            new.create_dataset(name, data=half, compression=9, shuffle=True, track_times=False)
        else:
            new.create_dataset(name, data=values, track_times=False)
