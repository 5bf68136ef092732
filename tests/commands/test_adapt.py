"""`slidelens adapt`: the options reach the API, and nothing is written over what is read."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from slidelens import cli
from support.commands import refusal
from support.studies import box, image, scene_grid, write_image, write_shapes

GRID = scene_grid()


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "new.tif", GRID, image(GRID, [], 9))
    write_shapes(tmp_path / "marks.gpkg", [box(GRID, 20, 20, 9, 6)])
    (tmp_path / "start.weights.h5").write_bytes(b"")
    return tmp_path


def test_what_is_adapted_is_saved_and_printed(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[Any] = []

    def adapt(*words: Any, **options: Any) -> Any:
        calls.append((words, options))
        return SimpleNamespace(save=calls.append, to_dict=lambda: {"chosen": "start"})

    monkeypatch.setattr("slidelens.api.adaptation.adapt.adapt", adapt)
    command = ["adapt", "new.tif", "marks.gpkg", "--weights", "start.weights.h5"]
    assert cli.main([*command, "-o", "mine.weights.h5", "--suggest", "3", "--seed", "7"]) == 0
    (words, options), saved = calls
    assert words[0].path == Path("new.tif")
    assert words[1:] == (Path("marks.gpkg"), Path("start.weights.h5"))
    assert options == {"suggest": 3, "dem": None, "before": None, "seed": 7}
    assert saved == Path("mine.weights.h5")
    assert json.loads(capsys.readouterr().out) == {"chosen": "start"}


def test_without_weights_the_generic_ones_are_adapted(
    files: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given: list[Any] = []

    def adapt(*words: Any, **options: Any) -> Any:
        given.append(words[2])
        return SimpleNamespace(save=lambda path: None, to_dict=dict)

    monkeypatch.setattr("slidelens.api.adaptation.adapt.adapt", adapt)
    with caplog.at_level(logging.INFO):
        assert cli.main(["adapt", "new.tif", "marks.gpkg", "-o", "mine.weights.h5"]) == 0
    assert given == [None]
    assert "using the generic weights (red, green, blue; pixels of 3 to 15 m)" in caplog.text


def test_bands_that_are_missing_are_named_with_the_option(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("adapt", "new.tif", "marks.gpkg", "-o", "mine.weights.h5", "--bands", "a", "b", "c")
    assert "name all bands in file order with --bands" in refusal(capsys, *words)


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("start.weights.h5", "start.weights.h5 is read and would be overwritten"),
        ("mine.h5", "mine.h5 does not end in .weights.h5; name it mine.weights.h5"),
        ("my.weights", "my.weights does not end in .weights.h5; name it my.weights.h5"),
        ("new.tif", "new.tif is read and would be overwritten"),
        ("marks.weights.h5", "marks.suggestions.gpkg is read and would be overwritten"),
    ],
)
def test_an_output_that_cannot_be(
    files: Path, capsys: pytest.CaptureFixture[str], out: str, message: str
) -> None:
    labels = "marks.gpkg"
    if out.startswith("marks"):
        labels = "marks.suggestions.gpkg"
        (files / "marks.gpkg").rename(files / labels)
    before = {path: path.read_bytes() for path in files.iterdir()}
    words = ("adapt", "new.tif", labels, "--weights", "start.weights.h5", "-o", out)
    assert message in refusal(capsys, *words)
    assert {path: path.read_bytes() for path in files.iterdir()} == before
