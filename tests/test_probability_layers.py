"""Probability maps of any origin, on a grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from slidelens.errors import SceneError
from slidelens.geo.layers import read_probability_on
from slidelens.geo.scene import write_probability
from studies import grid_of, write_image

GRID = grid_of(10, 12)


def test_bytes_are_scaled_and_what_was_not_seen_is_0(tmp_path: Path) -> None:
    seen = np.ones(GRID.shape, bool)
    seen[:, 6:] = False
    write_probability(np.full(GRID.shape, 0.6, np.float32), seen, GRID, tmp_path / "probability.tif")
    found = read_probability_on(tmp_path / "probability.tif", GRID)
    assert found[:, :6] == pytest.approx(153 / 255) and (found[:, 6:] == 0).all()


def test_shares_of_1_are_taken_as_they_are(tmp_path: Path) -> None:
    path = write_image(tmp_path / "p.tif", GRID, np.full((*GRID.shape, 1), 0.25, np.float32), names=(None,), nodata=None)
    assert read_probability_on(path, GRID) == pytest.approx(0.25)


def test_what_is_no_probability_is_refused(tmp_path: Path) -> None:
    path = write_image(tmp_path / "p.tif", GRID, np.full((*GRID.shape, 1), 200, np.uint8), names=(None,), nodata=None)
    with pytest.raises(SceneError, match=r"p\.tif has values from 200 to 200, which are no probabilities; give its band a scale"):
        read_probability_on(path, GRID)
    with pytest.raises(SceneError, match=r"p\.tif has no value where the landslides are; check its CRS"):
        read_probability_on(path, grid_of(10, 12, west=500_000))
    two = write_image(tmp_path / "two.tif", GRID, np.zeros((*GRID.shape, 2), np.float32), names=("a", "b"))
    with pytest.raises(SceneError, match=r"two\.tif has 2 bands; a probability map has one"):
        read_probability_on(two, GRID)
