"""Weights files are plain arrays: nothing else is opened, followed or run."""

from __future__ import annotations

import os
import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from slidelens.errors import ParamsError, ResourceError, WeightsError
from slidelens.learning.inference.weights import load_into, save_weights
from slidelens.learning.inference.weights_contents import read_contents
from support.learning.trainings import METADATA, two_layer_network

NAME = "slidelens"


def written(path: Path, fill: Callable[[h5py.File], Any]) -> Path:
    with h5py.File(path, "w") as file:
        file["layers/conv2d/vars/0"] = np.zeros((3, 3, 3, 2), np.float32)
        file.attrs[NAME] = "{}"
        fill(file)
    return path


def test_text_and_shapes(tmp_path: Path) -> None:
    contents = read_contents(written(tmp_path / "a.h5", lambda file: None), NAME)
    assert (contents.text, contents.shapes, contents.count) == ("{}", ((3, 3, 3, 2),), 54)


def test_an_object_with_two_names_counts_once_and_a_circle_ends(tmp_path: Path) -> None:
    def circle(file: h5py.File) -> None:
        file["layers/again"] = file["layers"]
        file["twice"] = file["layers/conv2d/vars/0"]

    assert read_contents(written(tmp_path / "a.h5", circle), NAME).count == 54


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "a", (4,))
    file.create_virtual_dataset("v", layout)


def outside(file: h5py.File) -> None:
    file.create_dataset("e", (2,), "f4", external=[("/etc/hostname", 0, 8)])


def plugin(file: h5py.File) -> None:
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_chunk((2,))
    properties.set_filter(32_004, h5py.h5z.FLAG_OPTIONAL, ())
    space = h5py.h5s.create_simple((2,))
    h5py.h5d.create(file.id, b"p", h5py.h5t.NATIVE_FLOAT, space, properties)


def pickled(file: h5py.File) -> None:
    file["o"] = np.void(pickle.dumps(os.getcwd))


def put(name: str, value: Any) -> Callable[[h5py.File], None]:
    return lambda file: file.__setitem__(name, value)


@pytest.mark.parametrize(
    ("fill", "line"),
    [
        (put("s", h5py.SoftLink("/layers")), "holds a link, which may lead to another file"),
        (put("layers/e", h5py.ExternalLink("/etc/passwd", "/")), "holds a link"),
        (virtual, "holds an array that lies in another file"),
        (outside, "holds an array that lies in another file"),
        (plugin, "holds an array that needs a plugin of HDF5"),
        (pickled, "holds something other than arrays of numbers"),
        (put("t", "text"), "holds something other than arrays of numbers"),
        (
            put("c", np.zeros(2, [("a", "f4"), ("b", "i4")])),
            "holds something other than arrays of numbers",
        ),
        (put("n", h5py.Empty("f4")), "holds something other than arrays of numbers"),
        (put("type", np.dtype("f4")), "holds something other than arrays of numbers"),
    ],
)
def test_what_a_weights_file_must_not_hold(
    tmp_path: Path, fill: Callable[[h5py.File], Any], line: str
) -> None:
    path = written(tmp_path / "a.weights.h5", fill)
    with pytest.raises(WeightsError, match=f"a.weights.h5 {line}"):
        read_contents(path, NAME)


@pytest.mark.parametrize("value", [3, [1.0], ["a"], np.void(b"x" * 9)])
def test_metadata_that_are_no_text(tmp_path: Path, value: Any) -> None:
    path = written(tmp_path / "a.h5", lambda file: file.attrs.__setitem__(NAME, value))
    with pytest.raises(WeightsError, match="holds metadata that are no text"):
        read_contents(path, NAME)


def test_metadata_that_are_too_long(tmp_path: Path) -> None:
    text = "a" * 2_000_000
    path = written(tmp_path / "a.h5", lambda file: file.attrs.__setitem__(NAME, text))
    with pytest.raises(WeightsError, match="no text of at most 1,000,000 bytes"):
        read_contents(path, NAME)


def test_arrays_that_are_small_on_disk_and_huge_in_memory(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.h5",
        lambda file: file.create_dataset(
            "bomb", (10**6, 10**6), "f4", chunks=(1000, 1000), compression="gzip"
        ),
    )
    with pytest.raises(ResourceError, match=r"loading the weights in .* needs 4 TB of memory"):
        read_contents(path, NAME)


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89HDF\r\n\x1a\n", random.Random(1).randbytes(4000), b"\0" * 4000],
    ids=["empty", "signature", "random", "zeros"],
)
def test_files_that_are_no_hdf5(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(WeightsError, match="not a weights file, or truncated; copy it again"):
        read_contents(tmp_path / "a.h5", NAME)


def test_damaged_bytes_end_in_one_line_or_are_not_reached(tmp_path: Path) -> None:
    sound = written(tmp_path / "a.h5", lambda file: None).read_bytes()
    rng = np.random.default_rng(1)
    refused = 0
    for _ in range(60):
        garbled = bytearray(sound)
        for position in rng.integers(0, len(sound), 40):
            garbled[position] = rng.integers(256)
        (tmp_path / "b.h5").write_bytes(garbled)
        try:
            read_contents(tmp_path / "b.h5", NAME)
        except (WeightsError, ResourceError) as error:
            refused += "\n" not in str(error)
    assert refused > 5


def test_a_pipe_and_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WeightsError, match="is a device or a pipe"):
        read_contents(tmp_path / "pipe", NAME)
    with pytest.raises(WeightsError, match="not a weights file"):
        read_contents(tmp_path, NAME)


def test_weights_that_are_not_finite_are_neither_written_nor_read(tmp_path: Path) -> None:
    path, network = tmp_path / "a.weights.h5", two_layer_network()
    save_weights(network, METADATA, path)
    sound = network.get_weights()
    network.set_weights([np.full_like(array, np.nan) for array in sound])
    with pytest.raises(ParamsError, match="training diverged; use a smaller lr"):
        save_weights(network, METADATA, tmp_path / "b.weights.h5")
    assert not (tmp_path / "b.weights.h5").exists()
    with h5py.File(path, "a") as file:
        file["layers/conv2d/vars/0"][...] = np.inf
    with pytest.raises(WeightsError, match="holds weights that are infinite or no numbers"):
        load_into(network, path)


def test_arrays_beyond_those_of_the_network_are_not_read(tmp_path: Path) -> None:
    path, network = tmp_path / "a.weights.h5", two_layer_network()
    save_weights(network, METADATA, path)
    with h5py.File(path, "a") as file:
        del file["layers/conv2d/vars/0"]
        file.create_dataset(
            "layers/conv2d/vars/0", (3000, 3000), "f4", chunks=(1000, 1000), compression="gzip"
        )
    with pytest.raises(WeightsError, match="does not fit a unet network"):
        load_into(network, path)
