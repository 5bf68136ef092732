"""`slidelens fetch`: what it prints, its exit status, and that `check` takes its study."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml

from slidelens import cli
from support.commands import Capture, printed_json, refusal
from support.pipeline.workshop import ROOT
from support.stac.catalogues import Picture, write_area, write_catalogue

BEFORE, AFTER = "2018-08-01/2018-09-05", "2018-09-06/2018-10-31"


@pytest.fixture
def words(tmp_path: Path) -> list[object]:
    catalogue = write_catalogue(tmp_path / "stac", Picture("2018-08-12"), Picture("2018-09-16"))
    area = write_area(tmp_path / "area.gpkg")
    return ["fetch", "--aoi", area, "--catalog", catalogue, "-o", tmp_path / "study", "--dates"]


def test_scenes_and_grid_are_printed_and_what_to_do_next(
    words: list[object], tmp_path: Path, capsys: Capture
) -> None:
    printed = printed_json(capsys, *words, BEFORE, AFTER)
    assert printed["dates"] == ["2018-08-12", "2018-09-16"]
    assert printed["failed"] == []
    assert printed["grid"]["crs"] == "EPSG:32654"
    first = printed["scenes"][0]
    assert first["scene"] == "scenes/2018-08-12.tif"
    assert first["items"] == ["S2A_32654_20180812_0_L2A"]
    assert cli.main([str(word) for word in [*words, BEFORE]]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[-3] == f"slidelens map {tmp_path}/study/scenes/2018-08-12.tif -o my-map"
    both = "2018-08-12 2018-09-16"  # one scene was fetched before; `dates` sets the whole list
    assert lines[-1] == f"slidelens dates {both} # study.root: {tmp_path}/study"


def test_a_failed_window_is_listed_at_the_end_with_status_2(
    words: list[object], capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    assert cli.main([str(word) for word in [*words, AFTER, "2019-01-01/2019-02-01"]]) == 2
    printed = json.loads(capsys.readouterr().out)
    assert printed["dates"] == ["2018-09-16"]
    assert [each["what"] for each in printed["failed"]] == ["2019-01-01/2019-02-01"]
    (line,) = [record.getMessage() for record in caplog.records if record.levelno == 40]
    assert line.startswith("2019-01-01/2019-02-01: the catalogue has no image")


def test_several_failed_windows_are_counted(
    words: list[object], capsys: Capture, caplog: pytest.LogCaptureFixture
) -> None:
    windows = ["2019-01-01/2019-02-01", "2019-03-01/2019-04-01"]
    assert cli.main([str(word) for word in [*words, *windows]]) == 2
    lines = [record.getMessage() for record in caplog.records if record.levelno == 40]
    assert lines[0] == "2 parts of what was asked for failed; the same command tries again:"
    assert [line[:21] for line in lines[1:]] == windows


def test_what_cannot_be_used_is_one_line(words: list[object], capsys: Capture) -> None:
    assert "no window of time" in refusal(capsys, *words, "summer")
    assert "(--max-cloud) is no share" in refusal(capsys, *words, AFTER, "--max-cloud", "101")
    assert "which is no CRS" in refusal(capsys, *words, AFTER, "--crs", "utm54")
    assert "no length" in refusal(capsys, *words, AFTER, "--pixel-m", "nan")
    words[words.index("-o") + 1] = "a\udce9"
    assert "not in UTF-8" in refusal(capsys, *words, AFTER)


@pytest.mark.parametrize("size", ["1e300", "1001", "0.001"])
def test_pixels_have_a_smallest_and_a_largest_size(
    words: list[object], capsys: Capture, size: str
) -> None:
    text = refusal(capsys, *words, AFTER, "--pixel-m", size)
    assert text.endswith("(--pixel-m) is out of range; give 0.1 to 1000 m")


def test_check_takes_the_study(words: list[object], tmp_path: Path, capsys: Capture) -> None:
    printed_json(capsys, *words, BEFORE, AFTER)
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    values["dates"] = ["2018-08-12", "2018-09-16"]
    values["study"] |= {"root": str(tmp_path / "study")}
    values["finetune"]["from"] = dict.fromkeys(values["dates"], "pretrained")
    params = tmp_path / "params.yaml"
    params.write_text(yaml.safe_dump(values))
    assert cli.main(["check", "--params", str(params)]) == 2  # it has no pretraining event yet
    lines = capsys.readouterr().out.splitlines()
    problems = [line for line in lines if line.startswith("problem:")]
    assert all("pretrain" in line for line in problems)
    assert sum("2018-09-16" in line for line in lines) > 0


@pytest.mark.parametrize(
    "change", [{"left": None}, {"left": float("nan")}, {"height": -5}, {"pixel_m": 0}, {}]
)
def test_a_grid_that_is_none(
    words: list[object], tmp_path: Path, capsys: Capture, change: dict[str, object]
) -> None:
    (tmp_path / "study").mkdir()
    grid = {"crs": "EPSG:32654", "left": 739_680.0, "top": 4_732_320.0, "pixel_m": 10.0}
    values = {**grid, "height": 264, "width": 264, **change} if change else {}
    (tmp_path / "study/grid.json").write_text(json.dumps(values))
    assert "grid.json is no grid that slidelens wrote; restore" in refusal(capsys, *words, AFTER)


@pytest.mark.parametrize("name", ["grid.json", "scenes/2018-09-16.json"])
def test_pipes_and_broken_links_in_a_study_are_not_waited_for(
    words: list[object], tmp_path: Path, name: str, capsys: Capture
) -> None:
    path = tmp_path / "study" / name
    path.parent.mkdir(parents=True)
    for make in (os.mkfifo, lambda path: path.symlink_to("nowhere")):
        make(path)
        assert cli.main([str(word) for word in [*words, AFTER]]) == 2
        assert Path(name).name in "".join(capsys.readouterr())
        path.unlink()
