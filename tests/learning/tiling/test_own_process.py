"""Networks in a process of their own."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from slidelens.api.mapping import preparation
from slidelens.api.mapping.folder_map import map_to_folder
from slidelens.api.network import load_weights
from slidelens.api.scene import open_scene
from slidelens.errors import ResourceError, WeightsError
from slidelens.learning.inference.loading import build_from_metadata
from slidelens.learning.inference.weights import save_weights
from slidelens.learning.runtime import quiet_tensorflow
from slidelens.learning.tiling.own_process import OwnProcessPredictor
from slidelens.learning.tiling.tile_job import NetworkChoice, load_once
from support.learning.trainings import METADATA
from support.studies import BANDS, grid_of, write_image


@pytest.fixture(scope="module")
def choice(tmp_path_factory: pytest.TempPathFactory) -> NetworkChoice:
    path = tmp_path_factory.mktemp("weights") / "a.weights.h5"
    quiet_tensorflow()
    metadata = replace(METADATA, symmetries=4)
    save_weights(build_from_metadata(metadata, seed=1), metadata, path)
    return NetworkChoice(path, metadata)


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children()
        if "slidelens.learning.tiling.own_process" in child.cmdline()
    ]


@pytest.mark.long
def test_another_process_says_the_same_until_it_is_killed(choice: NetworkChoice) -> None:
    here, there = load_once(choice), OwnProcessPredictor(choice)
    assert (there.margin, there.core_side) == (here.margin, here.core_side)
    side = 32 + 2 * here.margin
    pixels = np.random.default_rng(1).normal(size=(side, side, len(BANDS))).astype(np.float32)
    for mine, theirs in zip(here.predict(pixels), there.predict(pixels), strict=True):
        assert mine is not None
        assert theirs is not None
        np.testing.assert_array_equal(mine, theirs)
    os.kill(children()[0].pid, signal.SIGKILL)
    with pytest.raises(ResourceError, match=r"^the process .* ended with status -9; if memory"):
        there.predict(pixels)
    there.close()
    assert there.describe() == here.describe()


@pytest.mark.long
def test_errors_of_the_other_process_are_those_of_this_one(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    path.write_bytes(b"not HDF5")
    with pytest.raises(WeightsError, match=r"a\.weights\.h5"):
        OwnProcessPredictor(NetworkChoice(path, METADATA))
    assert not children()


def test_a_large_scene_is_mapped_by_another_process(
    choice: NetworkChoice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = grid_of(80, 96)
    values = np.random.default_rng(0).integers(300, 700, (80, 96, len(BANDS))).astype(np.uint16)
    scene = open_scene(write_image(tmp_path / "scene.tif", grid, values))
    network = load_weights(choice.path)
    map_to_folder(scene, network, tmp_path / "small")
    monkeypatch.setattr(preparation, "LARGE_PX", 0)
    map_to_folder(scene, network, tmp_path / "large")
    assert not children()
    for name in ("small", "large"):
        assert (tmp_path / name / "inventory.gpkg").exists()
    small, large = (
        (tmp_path / name / "probability.tif").read_bytes() for name in ("small", "large")
    )
    assert small == large
