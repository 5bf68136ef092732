"""Which scenes files and folders hold."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import numpy as np
import pytest
import rasterio.shutil
from matplotlib.image import imsave

from slidelens.api.mapping.scenes import find_scenes, folder_name, is_one_scene
from slidelens.errors import ParamsError, SceneError
from support.studies import grid_of, numbered, write_image

GRID = grid_of(6, 8)


def write(folder: Path, *names: str) -> None:
    for name in names:
        write_image(folder / name, GRID, numbered(6, 8))


def test_the_rasters_of_a_folder_are_its_scenes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    folder = tmp_path / "scenes"
    write(folder, "b.tif", "a.tif", "below/deeper.tif", ".hidden.tif", "dem.tif")
    (folder / "a.tif.msk").write_bytes((folder / "a.tif").read_bytes())
    (folder / "a.tif.ovr").write_bytes((folder / "a.tif").read_bytes())
    (folder / "broken.tif").write_bytes(b"II*\0")
    (folder / "notes.docx").write_text("no raster")
    os.mkfifo(folder / "pipe.tif")
    imsave(folder / "preview.png", np.zeros((4, 4)))
    found = find_scenes([folder], besides=(folder / "dem.tif", None))
    assert [each.name for each in found] == ["a", "b", "broken"]
    assert found[0].address == str(folder / "a.tif")
    assert "preview.png is left out: a picture without a place" in caplog.text


def test_files_that_another_raster_reads_are_no_scenes_of_their_own(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    write(tmp_path, "part.tif")
    rasterio.shutil.copy(tmp_path / "part.tif", tmp_path / "whole.vrt", driver="VRT")
    rasterio.shutil.copy(tmp_path / "part.tif", tmp_path / "other.bin", driver="ENVI")
    assert [each.name for each in find_scenes([tmp_path])] == ["other", "whole"]
    assert "part.tif is left out: whole.vrt reads it" in caplog.text


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="holds no raster"):
        find_scenes([tmp_path])


def test_a_scene_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.tif")
    path = tmp_path / "a.tif"
    for paths in ([path, path], [tmp_path, path]):
        with pytest.raises(ParamsError, match=r"the scene .*a.tif is named twice; name it once"):
            find_scenes(paths)


def test_two_scenes_for_one_folder_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "2015/scene.tif", "2016/Scene.tif")
    with pytest.raises(ParamsError) as refused:
        find_scenes([tmp_path / "2015", tmp_path / "2016"])
    assert str(tmp_path / "2015/scene.tif") in str(refused.value)
    assert str(tmp_path / "2016/Scene.tif") in str(refused.value)


def test_an_asset_without_a_catalogue_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "a.tif")
    with pytest.raises(ParamsError, match="no STAC catalogue or item is named"):
        find_scenes([tmp_path / "a.tif"], asset="data")


def test_a_file_that_is_not_there_is_refused_before_others_are_mapped(tmp_path: Path) -> None:
    write(tmp_path, "a.tif")
    with pytest.raises(SceneError, match=r"there is no scene .*x\.pdf; check the path"):
        find_scenes([tmp_path / "a.tif", tmp_path / "x.pdf"])


def test_one_file_is_one_scene(tmp_path: Path) -> None:
    write(tmp_path, "a.tif", "b.tif")
    assert is_one_scene([tmp_path / "a.tif"])
    assert is_one_scene([tmp_path / "missing.tif"])
    assert not is_one_scene([tmp_path])
    assert not is_one_scene([tmp_path / "a.tif", tmp_path / "b.tif"])
    assert not is_one_scene([tmp_path / "catalog.json"])


@pytest.mark.parametrize(
    "text",
    ["../../etc/passwd", "/", "..", "", ".x.partial", "a\0b", "\x1b[31m", "x" * 300, "C:\\a", "-o"],
)
def test_a_folder_name_leads_nowhere_else(tmp_path: Path, text: str) -> None:
    name = folder_name(text)
    assert (tmp_path / name).resolve().parent == tmp_path.resolve()
    assert name == name.strip(".-")
    (tmp_path / name).mkdir()


def test_a_folder_name_takes_no_other_files_place() -> None:
    assert folder_name("jobs.csv") == "jobs.csv_scene"
    assert folder_name("2018.TIF") == "2018.TIF_scene"
    assert folder_name("Überflug 2016.05") == "Überflug_2016.05"
