"""`slidelens import` as a user would run it: what it prints, writes and refuses."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
import yaml

from slidelens import cli
from slidelens.geo.vectors.inventory import read_labels, write_layers
from support.commands import Capture, printed_json, refusal
from support.studies import write_shapes
from support.training_sets import write_bijie, write_coco, write_hr_gldd, write_landslide4sense

SMALL = ("--tile-px", 32)


def test_tiles_and_landslides_are_printed_and_the_lines_for_params_yaml_follow(
    tmp_path: Path, capsys: Capture
) -> None:
    source = write_landslide4sense(tmp_path / "L4S")
    out = tmp_path / "study"
    assert cli.main(["import", "landslide4sense", str(source), "-o", str(out), "--tile-px=32"]) == 0
    captured = capsys.readouterr()
    printed = yaml.safe_load(captured.out)
    assert (printed["tiles"], printed["tiles_with_landslides"], printed["landslides"]) == (5, 4, 4)
    assert printed["bands"] == ["red", "green", "blue", "nir"]
    assert (printed["pixel_m"], printed["tile_px"]) == (10, 32)
    assert printed["landslide_share"] == pytest.approx((25 + 36 + 49 + 64) / (5 * 32**2))
    lines = [line for line in captured.err.splitlines() if not re.match("info|warning", line)]
    study = yaml.safe_load("\n".join(lines))["study"]
    assert study["pretrain"]["tile_px"] == 32
    assert (out / study["pretrain"]["scene"]).is_file()
    assert (out / study["pretrain"]["inventory"]).is_file()
    assert "nominal" in captured.err


def test_a_second_import_overwrites_nothing(tmp_path: Path, capsys: Capture) -> None:
    source, out = write_hr_gldd(tmp_path / "gldd"), tmp_path / "study"
    printed_json(capsys, "import", "hr-gldd", source, "-o", out, *SMALL)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    line = refusal(capsys, "import", "hr-gldd", source, "-o", out, *SMALL)
    assert line.endswith("not overwritten; name another folder (--out) or another name (--name)")
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    printed_json(capsys, "import", "hr-gldd", source, "-o", out, *SMALL, "--name", "other")
    assert len(list(out.rglob("*.tif"))) == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--name", "a/b"], "files cannot be called 'a/b-train' (--name); use letters"),
        (["--name", ""], "files cannot be called '-train' (--name); use letters"),
        (["--tile-px", "0"], "(--tile-px) is 0; give a multiple of 16 from 16 to 65,536"),
        (["--tile-px", "131072"], "(--tile-px) is 131072; give a multiple of 16 from 16 to"),
        (["--band-names", "red", "green"], "with 2 bands; name all of them in file order (--band"),
    ],
)
def test_options_that_do_not_fit_are_named(
    tmp_path: Path, capsys: Capture, options: list[str], message: str
) -> None:
    source, out = write_hr_gldd(tmp_path / "gldd"), tmp_path / "study"
    assert message in refusal(capsys, "import", "hr-gldd", source, "-o", out, *options)
    assert not out.exists()


def test_labels_of_a_review_stay_labels(tmp_path: Path, capsys: Capture) -> None:
    """Ground outside `mapped` is unknown, and polygons of class `not landslide` are bare."""
    landslide, road, ground = (
        shapely.box(320_000 + left, 3_100_000, 320_000 + right, 3_100_100)
        for left, right in ((0, 50), (100, 150), (0, 500))
    )
    rows = {"class": ["landslide", "not landslide"], "geometry": [landslide, road]}
    layers = {
        "landslides": gpd.GeoDataFrame(rows, crs=32645),
        "mapped": gpd.GeoDataFrame(geometry=[ground], crs=32645),
    }
    write_layers(layers, tmp_path / "labels.gpkg")
    words = ["import", "inventory", tmp_path / "labels.gpkg", "-o", tmp_path / "study"]
    printed = printed_json(capsys, *words, "--date", "2018")
    assert (printed["landslides"], printed["not_landslides"], printed["mapped"]) == (1, 1, True)
    labels = read_labels(tmp_path / "study/inventories/2018.gpkg")
    assert labels.landslides.area.tolist() == [5000]
    assert labels.negatives.geometry.tolist() == [road]
    assert labels.mapped is not None
    assert labels.mapped.area.tolist() == [50_000]


def test_an_inventory_is_named_by_its_date(tmp_path: Path, capsys: Capture) -> None:
    square, out = shapely.box(320_000, 3_100_000, 320_100, 3_100_100), tmp_path / "study"
    words = ["import", "inventory", write_shapes(tmp_path / "a.gpkg", [square]), "-o", out]
    printed_json(capsys, *words, "--date", "2018")
    assert refusal(capsys, *words, "--date", "2018").endswith("(--out) or another date (--date)")
    assert refusal(capsys, *words, "--date", "a/b").endswith("'-', '_' and '.' (--date)")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("landslide4sense", "TrainData/img/image_1.h5"),
        ("hr-gldd", "trainX.npy"),
        ("sen12landslides", "italy_s2_6982.nc"),
        ("folders", "image/NAME.png"),
        ("coco", "one JSON file"),
    ],
)
def test_a_wrong_folder_is_told_what_was_expected_and_found(
    tmp_path: Path, capsys: Capture, name: str, expected: str
) -> None:
    (tmp_path / "wrong").mkdir()
    (tmp_path / "wrong/readme.txt").write_text("")
    size = ["--pixel-m", 1] if name in ("folders", "coco") else []
    text = refusal(capsys, "import", name, tmp_path / "wrong", "-o", tmp_path / "study", *size)
    assert expected in text
    assert "holds readme.txt" in text
    assert not (tmp_path / "study").exists()


def test_a_missing_folder_is_told(tmp_path: Path, capsys: Capture) -> None:
    text = refusal(capsys, "import", "hr-gldd", tmp_path / "no", "-o", tmp_path / "study")
    assert "there is no" in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("landslide4sense", "--image", "pre"), "image (--image) is not for landslide4sense"),
        (("inventory", "--tile-px", 32), "tile_px (--tile-px) is not for inventory"),
        (("inventory",), "needs its date"),
        (("folders",), "--pixel-m"),
        (("folders", "--pixel-m", "nan"), "give 0.01 to 1000 m"),
        (("hr-gldd", "--tile-px", 30), "multiple of 16"),
        (("hr-gldd", "--bands", "thermal"), "there is no band thermal"),
        (("hr-gldd", "--bands", "red", "red"), "named twice"),
        (("tiff",), "'tiff' is not one of"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(
    tmp_path: Path, capsys: Capture, words: tuple[object, ...], message: str
) -> None:
    source = write_hr_gldd(tmp_path / "gldd")
    try:
        text = refusal(capsys, "import", words[0], source, "-o", tmp_path / "study", *words[1:])
    except SystemExit:
        text = capsys.readouterr().err
    assert message in text
    assert not (tmp_path / "study").exists()


def test_images_of_other_sizes_are_cut_and_padded_which_is_said(
    tmp_path: Path, capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    source, out = write_bijie(tmp_path / "bijie"), tmp_path / "study"
    words = ("import", "folders", source, "-o", out, "--pixel-m", 0.8, *SMALL)
    printed = printed_json(capsys, *words)
    part = printed["parts"][0]
    assert (part["images"], part["tiles"], part["cut_images"], part["padded_tiles"]) == (3, 4, 1, 2)
    assert "1 image is larger than 32 pixels" in caplog.text
    assert "2 tiles are not filled" in caplog.text
    with rasterio.open(out / part["scene"]) as scene:
        assert scene.descriptions == ("red", "green", "blue")
        assert scene.dtypes == ("uint8",) * 3
        assert (scene.dataset_mask() > 0).sum() == 2 * 32 * 32 + 20 * 40
        assert "nominal" in scene.tags()["position"]
        assert scene.transform.a == 0.8


def test_outlines_are_cut_at_tiles_and_lie_where_they_were_drawn(
    tmp_path: Path, capsys: Capture
) -> None:
    source, out = write_coco(tmp_path / "coco"), tmp_path / "study"
    printed = printed_json(capsys, "import", "coco", source, "-o", out, "--pixel-m", 2, *SMALL)
    frame = gpd.read_file(out / printed["parts"][0]["inventory"])
    assert frame["tile"].tolist() == [1, 2]
    assert frame["image"].tolist() == ["a.png", "a.png"]
    assert frame.area.tolist() == [4 * 8 * 4.0, 6 * 8 * 4.0]
    with rasterio.open(out / printed["parts"][0]["scene"]) as scene:
        left, bottom, right, top = frame.geometry[0].bounds
        assert scene.index(left + 1, top - 1) == (4, 28)
        assert scene.index(right - 1, bottom + 1) == (11, 31)
        assert scene.index(frame.geometry[1].bounds[0] + 1, top - 1) == (4, 32)


def test_an_inventory_is_written_for_its_date(tmp_path: Path, capsys: Capture) -> None:
    source = write_shapes(tmp_path / "a.geojson", [shapely.box(85, 28, 85.01, 28.01)], crs=4326)
    words = ("import", "inventory", source, "-o", tmp_path / "study", "--date", "2015-post")
    assert printed_json(capsys, *words)["landslides"] == 1
    assert len(gpd.read_file(tmp_path / "study/inventories/2015-post.gpkg")) == 1
    assert "exists" in refusal(capsys, *words)


def test_a_set_without_images_is_refused(tmp_path: Path, capsys: Capture) -> None:
    source = write_hr_gldd(tmp_path / "gldd", splits=["train"])
    np.save(source / "trainX.npy", np.zeros((0, 32, 32, 4)))
    np.save(source / "trainY.npy", np.zeros((0, 32, 32)))
    text = refusal(capsys, "import", "hr-gldd", source, "-o", tmp_path / "study")
    assert "has no image" in text
    assert not (tmp_path / "study").exists()


def test_a_missing_extra_is_named(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_landslide4sense(tmp_path / "L4S")
    monkeypatch.setitem(sys.modules, "h5py", None)
    text = refusal(capsys, "import", "landslide4sense", source, "-o", tmp_path / "study")
    assert "run pip install 'slidelens[train]'" in text


def test_nothing_is_left_of_an_import_that_fails_midway(tmp_path: Path, capsys: Capture) -> None:
    source = write_hr_gldd(tmp_path / "gldd")
    masks = np.load(source / "valY.npy")
    masks[2, 0, 0, 0] = 0.5
    np.save(source / "valY.npy", masks)
    text = refusal(capsys, "import", "hr-gldd", source, "-o", tmp_path / "study/new", *SMALL)
    assert "valY.npy[2] holds the values 0, 0.5, 1" in text
    assert not (tmp_path / "study").exists()
