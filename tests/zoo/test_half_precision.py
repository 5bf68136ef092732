"""Weights in half precision."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from slidelens.learning.inference.loading import build_from_metadata
from slidelens.learning.inference.weights import load_into, read_weights_metadata, save_weights
from slidelens.learning.runtime import quiet_tensorflow
from support.learning.trainings import METADATA
from zoo.half_precision import halve


def kernel_types(path: Path) -> set[str]:
    types: set[str] = set()

    def note(_: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset) and item.ndim > 1:
            types.add(str(item.dtype))

    with h5py.File(path) as file:
        file.visititems(note)
    return types


def test_kernels_of_half_the_size_and_nearly_the_same_weights(tmp_path: Path) -> None:
    quiet_tensorflow()
    full, half = tmp_path / "full.weights.h5", tmp_path / "half.weights.h5"
    network = build_from_metadata(METADATA, seed=1)
    save_weights(network, METADATA, full)
    halve(full, half)
    assert kernel_types(full) == {"float32"}
    assert kernel_types(half) == {"float16"}
    assert read_weights_metadata(half) == METADATA
    again = build_from_metadata(METADATA, seed=2)
    load_into(again, half)
    for expected, found in zip(network.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-6)
    halve(full, tmp_path / "again.weights.h5")
    assert (tmp_path / "again.weights.h5").read_bytes() == half.read_bytes()
