"""Writers of weights files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from robustness.campaign.materials import WEIGHTS, copy


def edited(change: Callable[[Any], object]) -> Callable[[Path], None]:
    """Return a writer of sound weights, changed as an open HDF5 file."""

    def write(path: Path) -> None:
        import h5py

        copy(WEIGHTS, path)
        with h5py.File(path, "a") as file:
            change(file)

    return write


def with_field(name: str, value: Any) -> Callable[[Path], None]:
    """Return a writer of weights with another value of a field; `...` leaves it out."""

    def change(file: Any) -> None:
        values = json.loads(file.attrs["slidelens"])
        *sections, last = name.split(".")
        section = values
        for part in sections:
            section = section[part]
        if value is ...:
            section.pop(last, None)
        else:
            section[last] = value
        file.attrs.pop("slidelens")
        file.attrs["slidelens"] = json.dumps(values)

    return edited(change)


def with_text(text: str | bytes | Any) -> Callable[[Path], None]:
    """Return a writer of weights with another text of the metadata."""

    def change(file: Any) -> None:
        file.attrs["slidelens"] = text

    return edited(change)


def first_dataset(file: Any) -> Any:
    """Return the first array of an HDF5 file."""
    found: list[Any] = []
    file.visititems(lambda _, node: found.append(node) if hasattr(node, "shape") else None)
    return found[0]


def with_array(values: Any) -> Callable[[Path], None]:
    """Return a writer of weights whose first array is another."""

    def change(file: Any) -> None:
        name = first_dataset(file).name
        del file[name]
        file[name] = values

    return edited(change)


def filled(value: float) -> Callable[[Path], None]:
    """Return a writer of weights that hold one value."""

    def change(file: Any) -> None:
        file.visititems(
            lambda _, node: (
                node.__setitem__(..., value) if hasattr(node, "shape") and node.shape else None
            )
        )

    return edited(change)


def unlink(file: Any) -> None:
    """Take everything out of an HDF5 file."""
    for name in list(file):
        del file[name]


def link_outside(file: Any) -> None:
    """Replace the first array by a link to another file."""
    import h5py

    name = first_dataset(file).name
    del file[name]
    file[name] = h5py.ExternalLink("/etc/passwd", "/x")


def link_to_itself(file: Any) -> None:
    """Replace the first array by a link to itself."""
    import h5py

    name = first_dataset(file).name
    del file[name]
    file[name] = h5py.SoftLink(name)


def claim_much(file: Any) -> None:
    """Replace the first array by one that claims 8 TB."""
    name = first_dataset(file).name
    del file[name]
    file.create_dataset(name, shape=(10**6, 10**6), dtype="f8", chunks=(1000, 1000))


def cut(share: float) -> Callable[[Path], None]:
    """Return a writer of the first part of sound weights."""

    def write(path: Path) -> None:
        whole = copy(WEIGHTS, path).read_bytes()
        path.write_bytes(whole[: int(share * len(whole))])

    return write


def garbled(path: Path) -> None:
    """Write weights with 500 bytes changed at random."""
    raw = bytearray(copy(WEIGHTS, path).read_bytes())
    rng = np.random.default_rng(1)
    for at in rng.integers(0, len(raw), 500):
        raw[at] = rng.integers(256)
    path.write_bytes(raw)
