"""On which pixels a scene is mapped."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from slidelens.api.mapping import preparation
from slidelens.api.mapping.options import MapOptions
from slidelens.api.mapping.preparation import prepare_map
from slidelens.api.network import load_weights
from slidelens.api.scene import open_scene
from slidelens.errors import SceneError
from slidelens.learning.inference.weights import save_weights
from support.learning.trainings import METADATA, two_layer_architecture, two_layer_network
from support.studies import grid_of, image, write_image

SEVERAL = replace(METADATA, sources={"a": 10.0, "b": 4.0})


@pytest.mark.parametrize(
    ("scene_m", "mapped_m", "warned"),
    [
        (1, 4, "which are resampled to the 4 m that the weights were trained on: small"),
        (2, 4, None),
        (4, 4, None),
        (7, 7, None),
        (12, 10, None),
        (20, 10, "the weights were trained on 4–10 m: expect a poor map"),
    ],
)
def test_a_scene_keeps_its_pixels_within_those_trained_on(
    scene_m: float,
    mapped_m: float,
    warned: str | None,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    grid = grid_of(96, 96, pixel_m=scene_m)
    scene = open_scene(write_image(tmp_path / "s.tif", grid, image(grid, [], seed=1)))
    with two_layer_architecture(), caplog.at_level(logging.WARNING):
        save_weights(two_layer_network(), SEVERAL, tmp_path / "a.weights.h5")
        network = load_weights(tmp_path / "a.weights.h5")
        prepared = prepare_map(scene, network, MapOptions(engine="tensorflow"))
    assert prepared.grid.pixel_m == mapped_m
    told = [text for text in caplog.messages if "has pixels of" in text]
    assert len(told) == (warned is not None)
    assert all(f"s.tif has pixels of {scene_m} m, {warned}" in text for text in told)
    # of several images each had statistics of its own, as the scene has
    statistics = prepared.job.source.statistics
    assert statistics is not None
    assert statistics.mean != METADATA.statistics.mean


def test_statistics_of_more_pixels_than_a_day_reads_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "MOST_PX", 9000)
    grid = grid_of(96, 96)
    scene = open_scene(write_image(tmp_path / "s.tif", grid, image(grid, [], seed=1)))
    with two_layer_architecture():
        save_weights(two_layer_network(), METADATA, tmp_path / "a.weights.h5")
        network = load_weights(tmp_path / "a.weights.h5")
        with pytest.raises(SceneError, match=r"s\.tif has 9e\+03 pixels, whose statistics would"):
            prepare_map(scene, network, MapOptions(standardise="scene"))
        assert prepare_map(scene, network, MapOptions(standardise="weights")).tiles
