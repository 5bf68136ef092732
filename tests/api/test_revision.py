"""`sl.revise_probabilities`: a stack of maps, revised as the stage does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import slidelens as sl
from slidelens.dataset.parts import TRAIN, VALIDATION
from slidelens.errors import ParamsError
from slidelens.geo.geotiff import write_bytes
from slidelens.layers.probability import write_probability
from slidelens.learning.revision.dated_maps import DatedMaps
from slidelens.learning.revision.revising import fit_to_maps, revise_maps
from support.studies import grid_of

SHAPE = (3, 80, 70)


def stack() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities of bytes, labels and split of landslides that appear and stay."""
    rng = np.random.default_rng(1)
    labels = np.zeros(SHAPE, np.uint8)
    labels[0:, 10:30, 10:30] = 1
    labels[1:, 40:60, 20:40] = 1
    noisy = np.clip(0.7 * labels + rng.normal(0.1, 0.15, SHAPE), 0, 1)
    probability = np.rint(noisy * 255).astype(np.float32) / np.float32(255)
    probability[1, :, :5] = np.nan
    split = np.where(np.arange(70) < 25, TRAIN, VALIDATION).astype(np.uint8)
    return probability, labels, np.broadcast_to(split, SHAPE[1:]).copy()


def test_the_stack_is_revised_as_the_stage_does(tmp_path: Path) -> None:
    probability, labels, split = stack()
    grid = grid_of(*SHAPE[1:])
    for date in range(3):
        seen = ~np.isnan(probability[date])
        write_probability(
            np.nan_to_num(probability[date]), seen, grid, tmp_path / f"{date}.tif", {}
        )
        write_bytes(labels[date], grid, tmp_path / f"labels{date}.tif", "landslide", {}, 255)
    maps = DatedMaps(
        [tmp_path / f"{date}.tif" for date in range(3)],
        [tmp_path / f"labels{date}.tif" for date in range(3)],
        split,
        grid,
    )
    (tmp_path / "scratch").mkdir()
    expected = revise_maps(maps, fit_to_maps(maps), [0.5] * 3, None, tmp_path / "scratch")
    found = sl.revise_probabilities(probability, labels, split == TRAIN, split > 0)
    assert found.probability.shape == found.onset.shape == SHAPE
    every = slice(0, 80), slice(0, 70)
    for date, revised in enumerate(expected):
        assert revised.onset is not None
        onset = revised.onset.read(every)
        np.testing.assert_allclose(found.onset[date], onset, atol=1.01 / 255)
        if revised.probability is not None:
            levels = revised.probability.read(every)
            np.testing.assert_allclose(found.probability[date], levels, atol=1.01 / 255)
    assert any(revised.probability is not None for revised in expected)


def test_other_dates_correct_a_map() -> None:
    probability, labels, _ = stack()
    found = sl.revise_probabilities(probability, labels).probability
    wrong = [(np.nan_to_num(maps) > 0.5) != (labels == 1) for maps in (probability, found)]
    assert wrong[1].sum() < 0.5 * wrong[0].sum()
    assert np.isfinite(found).all()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"probabilities": np.zeros(SHAPE[1:])}, r"give \(dates, height, width\)"),
        ({"probabilities": np.full(SHAPE, 128.0)}, "not all between 0 and 1; scale them"),
        ({"labels": np.zeros((3, 80, 71))}, r"labels have shape \(3, 80, 71\), probabilities"),
        ({"labels": np.full(SHAPE, 2)}, "labels hold other values than 0, 1 and 255"),
        ({"labels": np.zeros(SHAPE)}, "fewer than two dates have 200 labelled landslide pixels"),
        ({"training": np.ones((3, 3))}, r"training has shape \(3, 3\); give \(height, width\)"),
    ],
)
def test_what_cannot_be_revised_is_told(changes: dict[str, Any], told: str) -> None:
    probability, labels, _ = stack()
    with pytest.raises(ParamsError, match=told):
        sl.revise_probabilities(**{"probabilities": probability, "labels": labels} | changes)
