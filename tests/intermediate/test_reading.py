"""Errors about files between the stages name the file and the stage to run again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from slidelens.errors import SceneError, SlidelensError
from slidelens.intermediate.reading import (
    how_to_remake,
    read_checked,
    read_numbers,
    require_dates,
    stage_output,
)
from slidelens.intermediate.schemas import F1, PretrainScores

SCORES = '{"pretrain": {"epoch": 1, "threshold": 0.5, "validation": %s}}'
SOUND = SCORES % '{"loss": 0.1, "f1": null, "precision": 1, "recall": 0}'


@pytest.mark.parametrize(
    "error",
    [KeyError("a"), ValueError("two\nlines"), OSError("broken"), RuntimeError(), MemoryError()],
)
def test_any_error_of_reading_becomes_one_line(error: Exception) -> None:
    path = Path("data/maps/2013/scores.json")
    line = r"cannot read data/maps/2013/scores.json: .*; run `dvc repro evaluate@2013`, or `dvc pu"
    with pytest.raises(SlidelensError, match=line) as caught, stage_output(path):
        raise error
    assert "\n" not in str(caught.value)


def test_a_folder_in_place_of_a_file_is_told_in_words(tmp_path: Path) -> None:
    line = r": Is a directory; run"
    with pytest.raises(SlidelensError, match=line) as caught, stage_output(tmp_path):
        tmp_path.read_bytes()
    assert "Errno" not in str(caught.value)


def test_an_error_of_slidelens_keeps_its_class_and_gets_another_remedy() -> None:
    path = Path("data/prepared/2013/labels.tif")
    line = f"^{path} is broken; run `dvc repro prepare`, or `dvc pull {path}`$"
    with pytest.raises(SceneError, match=line), stage_output(path):
        raise SceneError(f"{path} is broken; copy it again")
    with pytest.raises(SceneError, match=f"^{path}: broken; run"), stage_output(path):
        raise SceneError("broken")


def test_an_interrupt_is_not_translated() -> None:
    with pytest.raises(KeyboardInterrupt), stage_output(Path("a")):
        raise KeyboardInterrupt


def test_sound_values_come_back_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "pretrain.json"
    path.write_text(SOUND)
    assert read_checked(path, PretrainScores)["pretrain"]["validation"]["precision"] == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot read .*Expecting value"),
        (SOUND[:40], "cannot read"),
        ("[" * 100_000, "cannot read"),
        ("[]", "it is .*should be"),
        ("null", "it is None"),
        ("{}", "pretrain is missing"),
        (SCORES % "{}", "pretrain.validation.loss is missing"),
        (SCORES % '"text"', "pretrain.validation is 'text'"),
        (SOUND.replace("0.5", "NaN"), "pretrain.threshold is nan; it should be a finite number"),
        (SOUND.replace("0.5", "1e999"), "pretrain.threshold is inf"),
        (SOUND.replace("0.5", "7"), "pretrain.threshold is 7.* at most 1"),
        (SOUND.replace(": 1,", ": true,"), "pretrain.epoch is True; it should be a whole number"),
    ],
)
def test_garbled_values(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "metrics/pretrain.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(SlidelensError, match=f"{reason}.*run `dvc repro pretrain`") as caught:
        read_checked(path, PretrainScores)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_a_folder_a_pipe_and_nothing(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("bytes", "folder", "pipe", "nothing")]
    paths[0].write_bytes(bytes(range(256)))
    paths[1].mkdir()
    os.mkfifo(paths[2])
    for path in paths:
        for read in (lambda path: read_checked(path, F1), lambda path: read_numbers(path, ["a"])):
            with pytest.raises(SlidelensError, match=how_to_remake(path)):
                read(path)


def test_a_date_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SlidelensError, match=r"metrics/f1.json: f1 lacks 2014; run `dvc repro de"):
        require_dates({"2013": 1}, ["2013", "2014"], Path("metrics/f1.json"), "f1")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot read .*No columns"),
        ("b\n1\n", "it has no column a"),
        ("a\nx\n", "its column a has values that are no numbers"),
        ("a\ninf\n", "its column a has infinite values"),
        ("a\n1,2\n3\n4,5,6\n", "cannot read"),
    ],
)
def test_tables(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "metrics/history/2013.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(SlidelensError, match=f"{reason}.*run `dvc repro finetune@2013`"):
        read_numbers(path, ["a"])


def test_a_table_without_rows_and_one_with_empty_cells_are_sound(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for text, rows in (("a,b\n", 0), ("a,b\n,x\n1,y\n", 2)):
        path.write_text(text)
        assert len(read_numbers(path, ["a"], text=["b"])) == rows
