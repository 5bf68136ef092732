"""Preparing images whose pixels are read part by part: the same as from memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.dataset.prepared import Prepared
from slidelens.dataset.windowed_scene import WindowedScene
from slidelens.geo.rasterise import rasterise_ids
from slidelens.study.checks.radiometry import RadiometryChecks
from slidelens.study.opening import open_study
from slidelens.study.preparation import prepare_targets
from slidelens.study.splitting.blocks import LandslideNumbers
from support.images.windowed import hold_no_scene
from support.studies import Date, area_grid, params_for, write_study

DATES = ["2013", "2014"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study of two dates."""
    root = tmp_path_factory.mktemp("study")
    write_study(root, {"2013": Date(), "2014": Date(seen=0.7)})
    return root


def all_prepared(root: Path, **changes: object) -> dict[str, Prepared]:
    params = params_for(root, DATES, **changes)
    study = open_study(params)
    assert not study.problems
    checks, found = RadiometryChecks(params.study, study.bands), {}
    for raw, prepared in prepare_targets(study, params):
        assert checks.compare(raw) == []
        found[raw.target.name] = prepared
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        pytest.param(
            {"study__radiometry": "histogram", "study__reference": "2013"}, marks=pytest.mark.long
        ),
        {"study__derived": ["ndvi", "brightness"], "study__standardise": "own"},
        pytest.param({"study__pixel_m": 7.0, "split__block_m": None}, marks=pytest.mark.long),
        pytest.param({"study__derived": ["change", "ndvi"]}, marks=pytest.mark.long),
        {
            "study__derived": ["change"],
            "study__radiometry": "histogram",
            "study__reference": "2014",
        },
    ],
)
def test_prepared_data_are_those_from_memory(
    root: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]
) -> None:
    held = all_prepared(root, **changes)
    hold_no_scene(monkeypatch)
    large = all_prepared(root, **changes)
    assert list(large) == list(held) == ["pretrain", *DATES]
    for name, one in held.items():
        other = large[name]
        assert isinstance(other.scene, WindowedScene)
        assert not isinstance(one.scene, WindowedScene)
        np.testing.assert_array_equal(other.scene.valid, one.scene.valid)
        np.testing.assert_array_equal(other.scene.pixels, one.scene.pixels)
        np.testing.assert_array_equal(other.labels, one.labels)
        np.testing.assert_array_equal(other.split_map, one.split_map)
        assert other.statistics == one.statistics
        assert (other.scene.bands, other.block_px) == (one.scene.bands, one.block_px)


def test_numbers_are_rasterised_when_they_are_read(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventories = [
        data.inventory for data in all_prepared(root).values() if data.inventory is not None
    ]
    calls = []

    def counted(*arguments: object) -> np.ndarray:
        calls.append(arguments)
        return rasterise_ids(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("slidelens.study.splitting.blocks.rasterise_ids", counted)
    numbers = LandslideNumbers(inventories, area_grid())
    assert (len(numbers), calls) == (len(inventories), [])
    np.testing.assert_array_equal(numbers[1], rasterise_ids(inventories[1].geometry, area_grid()))
    assert len(numbers[1:]) == len(inventories) - 1
    assert len(calls) == 1
