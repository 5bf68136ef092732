"""Protocol E: one region left out at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import regions
from benchmarks.quality.runs import Run
from slidelens.dataset.parts import UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasters.scene import Scene
from support.studies import grid_of


def test_each_region_is_mapped_by_what_the_others_teach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored: list[tuple[str, list[str]]] = []

    def note(run: Run, step: str, region: str) -> None:
        assert isinstance(run.params.study.pretrain, tuple)
        assert (run.params.seed, run.params.epochs) == (3, 2)
        scored.append((region, [source.name for source in run.params.study.pretrain]))

    monkeypatch.setattr(regions, "_score_region", note)
    chosen = ("kodagu", "bijie")
    settings = regions.without_each(tmp_path / "data", tmp_path, [], 2, 3, chosen)
    assert scored == [
        ("kodagu", ["taiwan", "iburi", "bijie"]),
        ("bijie", ["taiwan", "kodagu", "iburi"]),
    ]
    assert len(settings) == 2


def test_tiles_without_landslides_are_those_of_a_mosaic_that_are_known_and_bare() -> None:
    grid = grid_of(4, 6, pixel_m=10.0, west=0, north=40)
    labels = np.zeros(grid.shape, np.uint8)
    labels[:2, :2] = UNKNOWN
    labels[3, 3] = 1
    mosaic = Prepared(
        Scene(grid, ("red",), np.ones((*grid.shape, 1), np.float32), np.ones(grid.shape, bool)),
        labels,
        np.ones(grid.shape, np.uint8),
        BandStatistics(("red",), (0.0,), (1.0,), 1),
        None,
        tile_px=2,
    )
    assert regions.tiles_without_landslides(mosaic).astype(int).tolist() == [
        [0, 0, 1, 1, 1, 1],
        [0, 0, 1, 1, 1, 1],
        [1, 1, 0, 0, 1, 1],
        [1, 1, 0, 0, 1, 1],
    ]
    assert not regions.tiles_without_landslides(replace(mosaic, tile_px=None)).any()
