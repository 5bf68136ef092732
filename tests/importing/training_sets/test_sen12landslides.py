"""Sen12Landslides: the image before or after the event, by region, without clouds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import h5py
import numpy as np
import pytest

from slidelens.errors import ParamsError, SceneError
from slidelens.importing.study_files import write_parts
from slidelens.importing.training_sets.sen12landslides import read_parts
from support.training_sets import SIDE, write_sen12_patch


def test_regions_follow_each_other_and_the_image_after_the_event_is_taken(tmp_path: Path) -> None:
    write_sen12_patch(tmp_path / "italy_s2_1.nc", 2)
    write_sen12_patch(tmp_path / "new_zealand_s2_7.nc", 3)
    (part,) = read_parts(tmp_path, None, "post", None)
    assert (part.name, part.groups) == ("post", {"italy": 1, "new_zealand": 1})
    pixels = part.images[0].read()
    assert pixels.values[5, 5].tolist() == [3200, 2200, 1200, 7200]
    assert pixels.values.dtype == np.int16
    assert pixels.landslides.sum() == 4 * 2
    assert np.argwhere(~pixels.valid).tolist() == [[0, 31]]


def test_regions_are_chosen_by_name(tmp_path: Path) -> None:
    write_sen12_patch(tmp_path / "italy_s2_1.nc", 2)
    write_sen12_patch(tmp_path / "new_zealand_s2_7.nc", 3)
    (part,) = read_parts(tmp_path, None, "post", ["new_zealand"])
    assert part.name == "new_zealand-post"
    assert [image.name for image in part.images] == ["new_zealand_s2_7.nc"]
    with pytest.raises(ParamsError, match="there is no region Italy .*; there are italy, new_z"):
        read_parts(tmp_path, None, "post", ["Italy"])


def test_the_image_before_the_event_has_no_landslide(tmp_path: Path) -> None:
    write_sen12_patch(tmp_path / "italy_s2_1.nc", 2)
    pixels = read_parts(tmp_path, ["B04", "DEM"], "pre", None)[0].images[0].read()
    assert pixels.values[5, 5].tolist() == [3100, 0]
    assert not pixels.landslides.any()


@pytest.mark.parametrize(("side", "level"), [("pre", 3000), ("post", 3300)])
def test_without_an_event_the_end_of_the_series_is_taken(
    tmp_path: Path, side: Literal["pre", "post"], level: int
) -> None:
    write_sen12_patch(tmp_path / "italy_s2_1.nc", 0, "")
    pixels = read_parts(tmp_path, ["B04"], side, None)[0].images[0].read()
    assert pixels.values[5, 5] == level


def test_clouds_shadows_defects_and_fill_values_are_not_seen(tmp_path: Path) -> None:
    path = write_sen12_patch(tmp_path / "italy_s2_1.nc", 2)
    with h5py.File(path, "r+") as file:
        file["SCL"][:, 10, :12] = np.arange(12)
        file["B04"].attrs["_FillValue"] = np.int16(-9999)
        file["B04"][:, 20, 3] = -9999
    valid = read_parts(tmp_path, ["B03", "B04"], "post", None)[0].images[0].read().valid
    unseen = [(0, 31), *((10, each) for each in (0, 1, 3, 8, 9, 10)), (20, 3)]
    assert [tuple(place) for place in np.argwhere(~valid).tolist()] == unseen


def test_dimensions_are_told_by_their_names(tmp_path: Path) -> None:
    write_sen12_patch(tmp_path / "italy_s2_1.nc", 2, order=("x", "time", "y"))
    pixels = read_parts(tmp_path, None, "post", None)[0].images[0].read()
    assert pixels.landslides[:4, :2].all()
    assert pixels.landslides.sum() == 4 * 2
    assert np.argwhere(~pixels.valid).tolist() == [[0, 31]]


def test_of_several_events_the_image_follows_all(tmp_path: Path) -> None:
    text = "{'pre': 0, 'post': 1},{'pre': 2, 'post': 3}"
    write_sen12_patch(tmp_path / "italy_s2_1.nc", 2, text)
    assert read_parts(tmp_path, ["B04"], "post", None)[0].images[0].read().values[5, 5] == 3300
    assert read_parts(tmp_path, ["B04"], "pre", None)[0].images[0].read().values[5, 5] == 3000


def test_patches_without_the_wanted_image_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_sen12_patch(tmp_path / "italy_s2_1.nc", 1, "{'pre': 3, 'post': 3}")
    write_sen12_patch(tmp_path / "italy_s2_2.nc", 1)
    write_sen12_patch(tmp_path / "italy_s2_3.nc", 0, "")
    (part,) = read_parts(tmp_path, None, "post", None)
    assert [image.name for image in part.images] == ["italy_s2_2.nc", "italy_s2_3.nc"]
    assert "1 patch left out: no image follows an event" in caplog.text
    assert "1 patch without an event: the last image of the series is taken" in caplog.text
    assert part.images[1].shape == (SIDE, SIDE)


@pytest.mark.parametrize(("raw", "told"), [(["italy_s2_2"], True), ([], False)])
def test_the_offset_of_later_products_is_told(
    tmp_path: Path, raw: list[str], told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("chimanimani_s2_1", "italy_s2_2"):
        path = write_sen12_patch(tmp_path / f"set/{name}.nc", 2)
        with h5py.File(path, "r+") as file:
            for code in ("B02", "B03", "B04"):
                file[code][:] = 300 + 1000 * (name in raw)
    write_parts(read_parts(tmp_path / "set", None, "post", None), "a", tmp_path / "out", 32, 10)
    line = r"a-post: 1 of 2 images look as if 1000 was added to the values \(.*\); take the"
    assert bool(re.search(line, caplog.text)) == told


@pytest.mark.parametrize("text", ["{'pre': 3", "{'a': 1}", "{'pre': 1, 'post': 9}", "[[1, 2]]"])
def test_positions_that_cannot_be_read_are_refused(tmp_path: Path, text: str) -> None:
    write_sen12_patch(tmp_path / "italy_s2_1.nc", 1, text)
    with pytest.raises(SceneError, match="pre_post_dates is"):
        read_parts(tmp_path, None, "post", None)


def test_sensors_are_not_mixed(tmp_path: Path) -> None:
    write_sen12_patch(tmp_path / "italy_s2_1.nc", 1)
    write_sen12_patch(tmp_path / "italy_s1asc_1.nc", 1)
    with pytest.raises(SceneError, match="s1asc and s2"):
        read_parts(tmp_path, None, "post", None)
