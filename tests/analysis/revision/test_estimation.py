"""Estimation of a chain from labels and maps that a known chain has made."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.revision.estimation import estimate_chain
from slidelens.analysis.revision.sequences import UNSEEN, count_sequences
from slidelens.analysis.revision.states import ALLOWED, BARE, INTACT, LANDSLIDE, SCAR, UNKNOWN

DATES, PIXELS = 4, 60_000
CHANGE = np.array(
    [[0.97, 0.02, 0, 0.01], [0, 0.7, 0.3, 0], [0, 0.1, 0.9, 0], [0.02, 0.03, 0, 0.95]]
)
MEAN = np.array([1.0, 180.0, 60.0, 50.0])  # level that a map shows of each state


@pytest.fixture(scope="module")
def made() -> tuple[np.ndarray, np.ndarray]:
    """Return (dates, n) levels and labels of a chain with CHANGE."""
    rng = np.random.default_rng(5)
    states = np.empty((DATES, PIXELS), int)
    states[0] = rng.choice(4, PIXELS, p=[0.8, 0.05, 0.0, 0.15])
    for date in range(1, DATES):
        states[date] = (rng.random(PIXELS)[:, None] > CHANGE[states[date - 1]].cumsum(1)).sum(1)
    levels = np.clip(rng.gamma(4, MEAN[states] / 4), 0, 255).astype(np.int16)
    return levels, (states == LANDSLIDE).astype(np.uint8)


def test_rates_are_found_where_labels_tell_them_and_impossible_changes_stay_so(
    made: tuple[np.ndarray, np.ndarray],
) -> None:
    found = estimate_chain(count_sequences(*made)).changes
    assert found[:, LANDSLIDE, SCAR] == pytest.approx(0.3, abs=0.04)
    assert found[1:, SCAR, LANDSLIDE] == pytest.approx(0.1, abs=0.04)
    assert (found[:, ~ALLOWED] == 0).all()
    assert found.sum(axis=2) == pytest.approx(1)


def test_bare_ground_is_told_from_intact_ground_without_labels(
    made: tuple[np.ndarray, np.ndarray],
) -> None:
    chain = estimate_chain(count_sequences(*made))
    assert chain.changes[:, BARE, BARE].min() > 0.85
    assert chain.initial[BARE] == pytest.approx(0.15, abs=0.04)
    bright = chain.shown[:, :, 9:].sum(axis=2)  # levels from 49
    assert (bright[:, BARE] > 0.3).all()
    assert (bright[:, INTACT] < 0.02).all()


def test_unlabelled_and_unseen_dates_are_estimated_from_the_others(
    made: tuple[np.ndarray, np.ndarray],
) -> None:
    levels, labels = made[0].copy(), made[1].copy()
    labels[2] = UNKNOWN
    levels[1, ::3] = UNSEEN
    found = estimate_chain(count_sequences(levels, labels)).changes
    assert found[1:, LANDSLIDE, SCAR] == pytest.approx(0.3, abs=0.08)
