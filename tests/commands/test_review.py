"""`slidelens review`: labels, the corrected inventory and the printed numbers."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest

import slidelens as sl
from slidelens.geo.vectors.inventory import write_layers
from support.commands import printed_json, refusal
from support.inventories.reviews import mapped_frame, square
from support.studies import UTM

SEEN = gpd.GeoDataFrame(geometry=[square(0).buffer(9)], crs=UTM.to_wkt())


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    edited = mapped_frame().drop(index=2)
    write_layers({"landslides": mapped_frame()}, tmp_path / "inventory.gpkg")
    write_layers({"landslides": edited}, tmp_path / "edited.gpkg")
    write_layers({"seen": SEEN}, tmp_path / "seen.gpkg")
    return tmp_path


WORDS = ("review", "inventory.gpkg", "edited.gpkg", "--by", "A. Name", "-o", "labels.gpkg")


def test_labels_are_those_of_the_api(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--reviewed", "seen.gpkg", "--at", "2018-10-02", "--corrected", "corrected.gpkg")
    printed = printed_json(capsys, *WORDS, *options)
    found = sl.review(
        "inventory.gpkg", "edited.gpkg", by="A. Name", reviewed="seen.gpkg", at="2018-10-02"
    )
    assert printed == json.loads(json.dumps(found.to_dict()))
    assert printed["changes"]["deleted"] == {
        "before": 1,
        "before_m2": 2500,
        "after": 0,
        "after_m2": 0,
    }
    assert printed["confirmed"] == 1
    found.save("api.gpkg", "api-corrected.gpkg")
    for name, other in (("labels.gpkg", "api.gpkg"), ("corrected.gpkg", "api-corrected.gpkg")):
        assert (files / name).read_bytes() == (files / other).read_bytes()


def test_options_reach_the_review(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed_json(capsys, *WORDS, "--accept-unchanged")["confirmed"] == 5
    again = ("review", "inventory.gpkg", "edited.gpkg", "--by", "B. Other", "-o", "second.gpkg")
    printed = printed_json(capsys, *again, "--previous", "labels.gpkg", "--tolerance-m", "1")
    assert (printed["superseded"], printed["labels"]["landslides"]) == (0, 5)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "edited.gpkg"), "edited.gpkg is read and would be overwritten"),
        (("--corrected", "inventory.gpkg"), "inventory.gpkg is read and would be overwritten"),
        (("--corrected", "labels.gpkg"), "name two files"),
        (("-o", "labels.json"), "labels.json would hold a GeoPackage"),
        (("--corrected", "all.shp"), "all.shp would hold a GeoPackage"),
        (("--by", " "), "by (--by), the reviewer's name"),
        (("--reviewed", "absent.gpkg"), "absent.gpkg"),
        (("--previous", "inventory.gpkg"), "holds no labels of an earlier review"),
    ],
)
def test_words_that_cannot_be_used(
    files: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    before = {path: path.read_bytes() for path in files.iterdir()}
    assert message in refusal(capsys, *WORDS, *words)
    assert {path: path.read_bytes() for path in files.iterdir()} == before


def test_one_name_for_both_outputs_is_refused_as_such_if_the_file_exists(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    printed_json(capsys, *WORDS)
    assert "labels.gpkg is named for the labels and for the corrected inventory" in refusal(
        capsys, *WORDS, "--corrected", "labels.gpkg"
    )
