"""Cut and damaged pictures are refused, which GDAL reads without an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imsave

from slidelens.errors import SceneError
from slidelens.geo.rasters.header import read_header
from slidelens.geo.rasters.options import ReadingOptions
from slidelens.geo.rasters.wholeness import require_whole
from slidelens.importing.training_sets import folders
from support.training_sets import picture, write_bijie, write_picture


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def without_end(data: bytes) -> bytes:
    return data[:-12]


def flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


@pytest.mark.parametrize("damage", [cut, without_end, flipped])
@pytest.mark.parametrize("name", ["image", "mask"])
def test_a_damaged_png_is_refused(
    tmp_path: Path, damage: Callable[[bytes], bytes], name: str
) -> None:
    path = write_bijie(tmp_path) / f"landslide/{name}/df0.png"
    path.write_bytes(damage(path.read_bytes()))
    (part,) = folders.read_parts(tmp_path, None, None)
    with pytest.raises(SceneError, match=r"df0.png is damaged or not complete; copy it again"):
        part.images[0].read()


def test_a_scene_that_ends_early_is_refused(tmp_path: Path) -> None:
    path = write_picture(tmp_path / "scene.png", picture(1, 64, 64))
    path.with_suffix(".pgw").write_text("10\n0\n0\n-10\n400005\n4699995\n")
    path.with_suffix(".png.aux.xml").write_text("<PAMDataset><SRS>EPSG:32654</SRS></PAMDataset>")
    options = ReadingOptions(("red", "green", "blue"))
    assert read_header(path, options).bands == ("red", "green", "blue")
    path.write_bytes(cut(path.read_bytes()))
    with pytest.raises(SceneError, match=r"scene.png is damaged or not complete"):
        read_header(path, options)


def test_a_jpeg_that_ends_early_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    imsave(path, picture(1, 32, 32))
    require_whole(path)
    path.write_bytes(path.read_bytes() + b"\0" * 100)
    require_whole(path)
    path.write_bytes(cut(path.read_bytes()[:-100]))
    with pytest.raises(SceneError, match=r"a.jpg is damaged or not complete"):
        require_whole(path)


def test_whole_pictures_and_other_formats_pass(tmp_path: Path) -> None:
    for name in ("a.png", "a.tif"):
        require_whole(write_picture(tmp_path / name, np.ones((8, 8, 3), np.uint8)))
