"""HR-GLDD's arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.errors import SceneError
from slidelens.importing.training_sets.hr_gldd import read_parts
from support.training_sets import SIDE, write_hr_gldd


def test_splits_are_parts_and_bands_have_the_order_of_the_paper(tmp_path: Path) -> None:
    parts = read_parts(write_hr_gldd(tmp_path), ["nir", "red"], None)
    assert [part.name for part in parts] == ["train", "validation"]
    pixels = parts[0].images[0].read()
    assert pixels.values.mean(axis=(0, 1)).round().tolist() == [4, 1]
    assert pixels.values.dtype == np.float32
    assert [int(image.read().landslides.sum()) for image in parts[0].images] == [0, 25, 36]


def test_the_user_may_know_another_order(tmp_path: Path) -> None:
    names = ["blue", "green", "red", "nir"]
    (part,) = read_parts(write_hr_gldd(tmp_path, splits=["test"]), ["red"], names)
    assert part.images[0].read().values.mean().round() == 3


def test_a_split_without_masks_is_refused(tmp_path: Path) -> None:
    (write_hr_gldd(tmp_path) / "valY.npy").unlink()
    with pytest.raises(SceneError, match="has no valY.npy"):
        read_parts(tmp_path, None, None)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("trainX", np.ones((3, SIDE, SIDE, 5), np.float32), "n × height × width × 4"),
        ("trainY", np.ones((2, SIDE, SIDE), np.float32), "expected is (3, 32, 32)"),
        ("trainX", np.array([[1, "a"]], object), "is it a complete .npy file"),
        ("trainX", np.array(["a"]), "not numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, name: str, value: np.ndarray, message: str
) -> None:
    write_hr_gldd(tmp_path)
    np.save(tmp_path / f"{name}.npy", value)
    with pytest.raises(SceneError) as refused:
        read_parts(tmp_path, None, None)
    assert message in str(refused.value)


@pytest.mark.parametrize("header", [b"{'descr': (", b"{'descr': '<f4'}", b"\xff"])
def test_a_damaged_header_is_refused(tmp_path: Path, header: bytes) -> None:
    path = write_hr_gldd(tmp_path) / "trainX.npy"
    path.write_bytes(path.read_bytes()[:10] + header.ljust(118) + bytes(1000))
    with pytest.raises(SceneError, match="is it a complete .npy file"):
        read_parts(tmp_path, None, None)


def test_a_header_of_more_than_the_file_holds_is_refused(tmp_path: Path) -> None:
    path = write_hr_gldd(tmp_path) / "trainX.npy"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(SceneError, match="is it a complete .npy file"):
        read_parts(tmp_path, None, None)
