"""`slidelens dates`: sets the dates, or prints them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slidelens.cli import main
from slidelens.params.loading import load_params
from support.pipeline.dates import stages, write_dated_study
from support.studies import tree


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_dated_study(tmp_path)


def run(folder: Path, *words: str) -> int:
    return main(["dates", *words, "--folder", str(folder)])


def test_without_labels_the_dates_are_printed(
    study: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    before = tree(study)
    assert run(study) == 0
    assert json.loads(capsys.readouterr().out) == ["2013", "2014"]
    assert tree(study) == before
    assert run(study, "2013", "2014", "2015") == 0
    assert capsys.readouterr().out == ""
    assert "now for 2013, 2014, 2015" in caplog.text
    assert stages(study)["report"]["deps"][2] == "data/maps/2015"


def test_the_start_alone_keeps_the_dates(study: Path) -> None:
    assert run(study, "--from", "previous") == 0
    assert load_params(study / "params.yaml").finetune.start == {
        "2013": "pretrained",
        "2014": "2013",
    }
    assert run(study, "2013", "2014", "--from", "scratch") == 0
    assert load_params(study / "params.yaml").finetune.start == {
        "2013": "scratch",
        "2014": "scratch",
    }


def test_labels_that_cannot_work_are_status_2(
    study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(study)
    assert run(study, "2013", "2013") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "slidelens dates: dates names 2013 twice; name each date once"
    assert tree(study) == before
