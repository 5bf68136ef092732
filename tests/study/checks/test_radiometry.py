"""Images are compared with the training image and with each other."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from slidelens.errors import SceneError
from slidelens.learning.audit.study_report import StudyReport, check_study
from slidelens.stages.prepare import prepare
from slidelens.study.checks.radiometry import describe_unit_difference
from slidelens.types import Float64
from support.studies import Date, params_for, scene_grid, write_image, write_study

DATES = ["2013", "2014"]
Change = Callable[[Float64], Float64]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a study of two dates."""
    write_study(tmp_path / "raw", {date: Date() for date in DATES})
    return tmp_path / "raw"


def change(path: Path, function: Change, dtype: str = "float32") -> None:
    """Rewrite a scene with other values."""
    with rasterio.open(path) as dataset:
        values = np.moveaxis(dataset.read().astype(float), 0, -1)
    west = 5_000.0 if path.parent.name == "pretrain" else 0.0
    grid = scene_grid(320_000.0 + west)
    write_image(path, grid, function(values).astype(dtype))


def check(root: Path, **changes: Any) -> StudyReport:
    return check_study(params_for(root, DATES, **changes))


SHARES: Change = lambda x: x / 10_000  # noqa: E731
BYTES: Change = lambda x: np.rint(np.clip(x * 255 / 10_000, 1, 255))  # noqa: E731


@pytest.mark.parametrize(
    ("function", "dtype", "factor"), [(SHARES, "float32", "10000"), (BYTES, "uint8", "39.2157")]
)
def test_other_units_are_a_problem_with_a_remedy(
    root: Path, tmp_path: Path, function: Change, dtype: str, factor: str
) -> None:
    path = root / "scenes/2014.tif"
    change(path, function, dtype)
    (problem,) = check(root).problems
    assert problem.startswith(f"{path} holds values from ")
    assert problem.endswith(f"declare the factor: `gdal_edit.py -scale {factor} {path}`")
    with pytest.raises(SceneError) as error:
        prepare(params_for(root, DATES), tmp_path / "prepared")
    assert str(error.value) == problem
    assert not (tmp_path / "prepared").exists()


def test_the_remedy_helps(root: Path, tmp_path: Path) -> None:
    path = root / "scenes/2014.tif"
    change(path, SHARES)
    with rasterio.open(path, "r+") as dataset:
        dataset.scales = (10_000,) * 3
    assert check(root).problems == ()
    prepare(params_for(root, DATES), tmp_path / "prepared")


def test_if_all_dates_differ_the_training_image_is_named(root: Path) -> None:
    path = root / "pretrain/scene.tif"
    change(path, SHARES)
    (problem,) = check(root).problems
    assert problem.startswith(f"of the training image and all dates, {path} holds values")
    assert f"`gdal_edit.py -scale 10000 {path}`" in problem


def test_units_do_not_matter_if_each_image_has_its_own_statistics(root: Path) -> None:
    change(root / "scenes/2014.tif", SHARES)
    report = check(root, study__standardise="own")
    assert report.problems == ()
    assert any("other units" in note for note in report.notes)


def test_units_are_compared_beside_another_problem(root: Path) -> None:
    change(root / "scenes/2014.tif", SHARES)
    (root / "inventories/2013.gpkg").write_text("no vector file")
    problems = check(root).problems
    assert len(problems) == 2
    assert any("other units" in problem for problem in problems)


def test_the_offset_of_sentinel_2_is_noted(root: Path) -> None:
    path = root / "scenes/2014.tif"
    change(path, lambda x: np.where(x > 0, x + 1000, 0), "uint16")
    report = check(root)
    assert report.problems == ()
    assert any(f"`gdal_edit.py -offset -1000 {path}`" in note for note in report.notes)
    (problem,) = check(root, study__standardise="training").problems
    assert "offset of Sentinel-2" in problem


def test_bands_in_another_order_are_noted(root: Path) -> None:
    change(root / "scenes/2014.tif", lambda x: x[..., [0, 2, 1]], "uint16")
    notes = [note for note in check(root).notes if "exchanged" in note]
    assert len(notes) == 1
    assert "bands red and nir seem to be exchanged in" in notes[0]


def test_identical_and_constant_bands_are_noted(root: Path) -> None:
    change(root / "scenes/2013.tif", lambda x: x[..., [0, 0, 2]], "uint16")
    change(root / "scenes/2014.tif", lambda x: np.where([0, 1, 0], 7, x), "uint16")
    notes = " ".join(check(root).notes)
    assert f"bands green and red of {root}/scenes/2013.tif are identical" in notes
    assert f"band red of {root}/scenes/2014.tif has the value 7 everywhere" in notes


def test_prepare_logs_what_check_notes(
    root: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    change(root / "scenes/2014.tif", lambda x: np.where(np.arange(160)[:, None] < 80, x, 0))
    with caplog.at_level(logging.WARNING):
        prepare(params_for(root, DATES), tmp_path / "prepared")
    assert "2014.tif covers 50 % of its area" in caplog.text


def test_drift_describes_units_that_differ() -> None:
    pixels = np.random.default_rng(0).uniform(300, 3000, (500, 2))
    assert describe_unit_difference(pixels, pixels, ("red", "nir")) == ""
    told = describe_unit_difference(pixels / 10_000, pixels, ("red", "nir"))
    assert told == "other units, about 10,000 times smaller"
