"""Landslide4Sense's folders, its bands by name, and files that are not to be trusted."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from slidelens.errors import SceneError
from slidelens.importing.training_sets.landslide4sense import BANDS, read_parts
from support.training_sets import SIDE, write_landslide4sense


def test_each_band_is_that_of_its_name(tmp_path: Path) -> None:
    source = write_landslide4sense(tmp_path, 1)
    (part,) = read_parts(source, None)
    assert part.bands == ("red", "green", "blue", "nir")
    levels = part.images[0].read().values.mean(axis=(0, 1))
    assert levels.round().tolist() == [4, 3, 2, 8]
    (part,) = read_parts(source, ["B12", "slope", "elevation", "B1"])
    assert part.bands == ("B12", "slope", "elevation", "B1")
    assert part.images[0].read().values.mean(axis=(0, 1)).round().tolist() == [12, 13, 14, 1]
    (part,) = read_parts(source, ["B9", "B10", "B11"])
    assert part.images[0].read().values.mean(axis=(0, 1)).round().tolist() == [9, 10, 11]
    assert len(BANDS) == 14


def test_images_are_in_the_order_of_their_numbers_with_their_masks(tmp_path: Path) -> None:
    (part,) = read_parts(write_landslide4sense(tmp_path, 11), None)
    assert [image.name for image in part.images[:2]] == ["image_1.h5", "image_2.h5"]
    marked = [int(image.read().landslides.sum()) for image in part.images]
    assert marked == [0, *((4 + i) ** 2 for i in range(1, 11))]


def test_splits_are_parts_and_one_without_masks_is_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for split in ("TrainData", "ValidData", "TestData"):
        write_landslide4sense(tmp_path, 2, split)
    for mask in (tmp_path / "TestData/mask").iterdir():
        mask.unlink()
    (tmp_path / "TestData/mask").rmdir()
    assert [part.name for part in read_parts(tmp_path, None)] == ["train", "validation"]
    assert "TestData has no folder of masks" in caplog.text
    assert [part.name for part in read_parts(tmp_path / "ValidData", None)] == ["validation"]


def test_the_folders_of_hugging_face_are_the_same_set(tmp_path: Path) -> None:
    for split, name in {"TrainData": "train", "ValidData": "validation"}.items():
        write_landslide4sense(tmp_path / "one", 2 if name == "train" else 3, split)
        for own, other in {"img": "images", "mask": "annotations"}.items():
            shutil.copytree(tmp_path / "one" / split / own, tmp_path / "two" / other / name)
    (tmp_path / "two/README.md").write_text("")
    parts = {name: read_parts(tmp_path / name, None) for name in ("one", "two")}
    assert [part.name for part in parts["two"]] == ["train", "validation"]
    for one, two in zip(parts["one"], parts["two"], strict=True):
        for image, same in zip(one.images, two.images, strict=True):
            assert np.array_equal(image.read().values, same.read().values)
            assert np.array_equal(image.read().landslides, same.read().landslides)


def test_an_image_without_mask_is_refused(tmp_path: Path) -> None:
    (write_landslide4sense(tmp_path) / "TrainData/mask/mask_2.h5").unlink()
    with pytest.raises(SceneError, match="1 image has no mask, first image_2"):
        read_parts(tmp_path, None)


def replace(path: Path, name: str, value: object) -> None:
    with h5py.File(path, "w") as file:
        file[name] = value


def test_an_array_of_other_bands_is_refused(tmp_path: Path) -> None:
    write_landslide4sense(tmp_path)
    replace(tmp_path / "TrainData/img/image_3.h5", "img", np.ones((SIDE, SIDE, 12)))
    with pytest.raises(SceneError, match="has 12 bands; Landslide4Sense has 14"):
        read_parts(tmp_path, None)


def test_links_to_other_files_are_not_followed(tmp_path: Path) -> None:
    write_landslide4sense(tmp_path)
    other = tmp_path / "TrainData/img/image_1.h5"
    replace(tmp_path / "TrainData/img/image_2.h5", "img", h5py.ExternalLink(other, "img"))
    with pytest.raises(SceneError, match="no array in the file itself"):
        read_parts(tmp_path, None)


def test_an_array_of_another_file_is_not_read(tmp_path: Path) -> None:
    write_landslide4sense(tmp_path)
    (tmp_path / "raw").write_bytes(bytes(SIDE * SIDE * 14))
    with h5py.File(tmp_path / "TrainData/img/image_2.h5", "w") as file:
        where = [(str(tmp_path / "raw"), 0, SIDE * SIDE * 14)]
        file.create_dataset("img", (SIDE, SIDE, 14), np.uint8, external=where)
    with pytest.raises(SceneError, match="no array in the file itself"):
        read_parts(tmp_path, None)


def test_an_array_larger_than_the_memory_is_not_read(tmp_path: Path) -> None:
    from slidelens.errors import ResourceError

    write_landslide4sense(tmp_path)
    with h5py.File(tmp_path / "TrainData/img/image_2.h5", "w") as file:
        file.create_dataset("img", (10**6, 10**6, 14), np.float64, chunks=(64, 64, 14))
    with pytest.raises(ResourceError, match="the array img of"):
        read_parts(tmp_path, None)


@pytest.mark.parametrize("content", [b"", b"no HDF5", None])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes | None) -> None:
    write_landslide4sense(tmp_path)
    path = tmp_path / "TrainData/img/image_2.h5"
    path.write_bytes(path.read_bytes()[:2000] if content is None else content)
    with pytest.raises(SceneError, match=r"image_2.h5.*is it a complete HDF5 file"):
        read_parts(tmp_path, None)


def test_pixels_that_are_no_numbers_are_not_seen(tmp_path: Path) -> None:
    write_landslide4sense(tmp_path, 1)
    values = np.ones((SIDE, SIDE, 14))
    values[3, 4, 3] = np.nan
    replace(tmp_path / "TrainData/img/image_1.h5", "img", values)
    valid = read_parts(tmp_path, None)[0].images[0].read().valid
    assert np.argwhere(~valid).tolist() == [[3, 4]]
