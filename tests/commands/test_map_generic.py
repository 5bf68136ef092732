"""`slidelens map` without weights: the generic ones of the package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from slidelens import cli
from slidelens.layers.probability import read_probability
from support.studies import box, image, scene_grid, write_image

GRID = scene_grid()
LANDSLIDE = box(GRID, 60, 60, 40, 30)


def test_a_scene_is_mapped_and_the_weights_are_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_image(
        tmp_path / "new.tif", GRID, image(GRID, [LANDSLIDE], 9), names=("blue", "green", "red")
    )
    assert cli.main(["map", "new.tif", "-o", "out"]) == 0
    assert json.loads(capsys.readouterr().out)["mapped_km2"] == pytest.approx(2.56)
    (line,) = [text for text in caplog.messages if text.startswith("using the generic weights")]
    assert "F1 on ground left out of their training" in line
    probability, valid, _ = read_probability(Path("out/probability.tif"))
    assert valid.all()
    assert 0 < np.ptp(probability) <= 1


def test_an_earlier_image_has_no_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("new.tif", "old.tif"):
        write_image(tmp_path / name, GRID, image(GRID, [], 9), names=("blue", "green", "red"))
    words = ["map", tmp_path / "new.tif", "--before", tmp_path / "old.tif", "-o", tmp_path / "out"]
    assert cli.main([*map(str, words)]) == 2
    told = "slidelens map: the generic weights do not use the change since an earlier image"
    assert told in capsys.readouterr().err


def test_a_scene_of_other_bands_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_image(tmp_path / "new.tif", GRID, image(GRID, [LANDSLIDE], 9), names=("a", "b", "c"))
    assert cli.main(["map", "new.tif", "-o", "out"]) == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert "new.tif has no band red" in line
    assert "--bands" in line
    assert not Path("out").exists()
