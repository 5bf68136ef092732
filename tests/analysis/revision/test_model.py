"""Revision of pixels."""

from __future__ import annotations

import numpy as np
import pytest

from slidelens.analysis.revision.model import RevisionModel, fit_revision
from slidelens.analysis.revision.sequences import UNSEEN, count_sequences

DATES = 3


@pytest.fixture(scope="module")
def fitted() -> tuple[RevisionModel, np.ndarray, np.ndarray]:
    """Return a model, and (dates, n) levels and labels: landslides stay, maps err by date."""
    rng = np.random.default_rng(4)
    landslide = rng.random(40_000) < 0.1
    labels = np.repeat(landslide[None], DATES, axis=0).astype(np.uint8)
    noise = rng.normal(0, 50, labels.shape)
    levels = np.clip(np.where(labels == 1, 150, 30) + noise, 0, 255).astype(np.int16)
    sample = count_sequences(levels, labels)
    return fit_revision(sample, sample), levels, labels


def errors(probability: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the number of wrong pixels of each date."""
    return np.asarray(((probability > 0.5) != (labels == 1)).sum(axis=1))


def test_other_dates_mend_errors_of_a_date(
    fitted: tuple[RevisionModel, np.ndarray, np.ndarray],
) -> None:
    model, levels, labels = fitted
    revised, onset = model.revise(levels)
    assert (errors(revised, labels) < 0.6 * errors(levels / 180, labels)).all()
    assert onset[1:].mean() < 0.02  # nothing fails after the first date


def test_an_unseen_date_takes_the_probability_that_the_others_tell(
    fitted: tuple[RevisionModel, np.ndarray, np.ndarray],
) -> None:
    model = fitted[0]
    revised, _ = model.revise(np.array([[200, 5], [UNSEEN, UNSEEN], [200, 5]], np.int16))
    assert revised[1, 0] > 0.7
    assert revised[1, 1] < 0.1


def test_pixels_are_revised_alike_in_any_parts(
    fitted: tuple[RevisionModel, np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, levels, _ = fitted
    whole = model.revise(levels[:, :5000])
    parts = [model.revise(levels[:, start : start + 700]) for start in range(0, 5000, 700)]
    for number, values in enumerate(whole):
        joined = np.concatenate([part[number] for part in parts], axis=1)[:, :5000]
        assert np.array_equal(joined, values)
