"""Folders of images and masks."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from slidelens.errors import ParamsError, SceneError
from slidelens.importing.training_sets.folders import read_parts
from support.training_sets import picture, write_bijie, write_picture


def test_pixels_and_masks_are_those_of_the_files(tmp_path: Path) -> None:
    (part,) = read_parts(write_bijie(tmp_path), None, None)
    assert [image.name for image in part.images] == ["df0.png", "df1.png", "n1.png"]
    pixels = part.images[1].read()
    np.testing.assert_array_equal(pixels.values, picture(1, 20, 40))
    assert pixels.landslides[2:6, 3:10].all()
    assert pixels.landslides.sum() == 4 * 7
    assert not part.images[2].read().landslides.any()


def test_a_pixel_is_seen_where_all_bands_have_data(tmp_path: Path) -> None:
    values = picture(1, 32, 32)
    values[3, 4, 0] = values[5, 6, 2] = 0
    path = write_picture(tmp_path / "image/a.tif", values)
    write_picture(tmp_path / "mask/a.png", np.zeros((32, 32), np.uint8))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with rasterio.open(path, "r+") as dataset:
            dataset.nodata = 0
    (part,) = read_parts(tmp_path, None, None)
    assert np.argwhere(~part.images[0].read().valid).tolist() == [[3, 4], [5, 6]]
    (part,) = read_parts(tmp_path, ["green", "blue"], None)
    assert np.argwhere(~part.images[0].read().valid).tolist() == [[5, 6]]


def test_masks_count_in_a_folder_that_is_named_as_if_it_had_no_landslide(tmp_path: Path) -> None:
    mask = np.zeros((32, 32), np.uint8)
    mask[:2, :5] = 255
    write_picture(write_bijie(tmp_path) / "non-landslide/mask/n1.png", mask)
    (part,) = read_parts(tmp_path, None, None)
    assert part.images[2].read().landslides.sum() == 10


def test_masks_as_jpeg_are_refused_unless_there_are_others(tmp_path: Path) -> None:
    write_bijie(tmp_path)
    (tmp_path / "landslide/mask/df0.jpg").write_bytes(b"a preview")
    assert len(read_parts(tmp_path, None, None)[0].images) == 3
    (tmp_path / "landslide/mask/df0.png").unlink()
    with pytest.raises(SceneError, match=r"df0\.jpg is a JPEG, which does not keep the values"):
        read_parts(tmp_path, None, None)


def test_images_of_formats_that_are_not_read_are_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_bijie(tmp_path)
    for name in (
        "landslide/image/df0.webp",
        "non-landslide/image/n2.bmp",
        "non-landslide/image/n3.JP2",
    ):
        (tmp_path / name).write_bytes(b"an image")
    assert len(read_parts(tmp_path, None, None)[0].images) == 3
    (record,) = caplog.records
    assert record.getMessage() == (
        f"{tmp_path}/non-landslide/image: 2 images of other formats not read, n2.bmp first; give"
        " images as PNG, TIFF or JPEG"
    )


def test_images_and_masks_may_lie_in_the_folder_itself(tmp_path: Path) -> None:
    write_bijie(tmp_path)
    (part,) = read_parts(tmp_path / "landslide", ["blue"], None)
    np.testing.assert_array_equal(part.images[0].read().values, picture(0, 32, 32)[..., 2:])


def test_bands_without_names_are_asked_for(tmp_path: Path) -> None:
    values = np.ones((32, 32, 5), np.uint16)
    write_picture(tmp_path / "images/a.tif", values)
    write_picture(tmp_path / "masks/a.png", np.zeros((32, 32), np.uint8))
    with pytest.raises(ParamsError, match="5 bands and 0 names; name them in file order"):
        read_parts(tmp_path, None, None)
    (part,) = read_parts(tmp_path, ["e"], list("abcde"))
    assert (part.bands, part.dtype) == (("e",), "uint16")


def test_masks_of_other_values_are_refused(tmp_path: Path) -> None:
    write_bijie(tmp_path)
    mask = np.arange(32 * 32, dtype=np.uint8).reshape(32, 32)
    write_picture(tmp_path / "landslide/mask/df0.png", mask)
    (part,) = read_parts(tmp_path, None, None)
    with pytest.raises(SceneError, match="holds the values 0, 1, 2, 3, …"):
        part.images[0].read()


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    write_bijie(tmp_path)
    write_picture(tmp_path / "landslide/mask/df0.png", np.zeros((32, 31), np.uint8))
    with pytest.raises(SceneError, match="32 × 31 pixels and its image 32 × 32"):
        read_parts(tmp_path, None, None)[0].images[0].read()


def test_images_of_several_types_are_refused(tmp_path: Path) -> None:
    write_bijie(tmp_path)
    write_picture(tmp_path / "non-landslide/image/n2.tif", np.ones((32, 32, 3), np.uint16))
    with pytest.raises(SceneError, match="n2.tif holds uint16 and df0.png uint8"):
        read_parts(tmp_path, None, None)


def test_a_text_that_names_other_files_is_no_image(tmp_path: Path) -> None:
    write_bijie(tmp_path)
    vrt = '<VRTDataset rasterXSize="9" rasterYSize="9"><VRTRasterBand dataType="Byte" band="1"/>'
    (tmp_path / "non-landslide/image/n2.tif").write_text(f"{vrt}</VRTDataset>")
    with pytest.raises(SceneError, match="is a VRT file; give PNG, JPEG or TIFF"):
        read_parts(tmp_path, None, None)
