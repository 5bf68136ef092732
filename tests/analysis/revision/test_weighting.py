"""Weights of what other dates tell."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from slidelens.analysis.revision.chain import Messages
from slidelens.analysis.revision.states import LANDSLIDE
from slidelens.analysis.revision.weighting import PLAIN, fit_weights, weighted_odds


def messages(rng: np.random.Generator, pixels: int = 20_000) -> Messages:
    """Return messages of two dates, drawn at random."""
    before, after, evidence = rng.dirichlet(np.ones(4), (3, 2, pixels)).transpose(0, 1, 3, 2)
    return Messages(before, after, evidence, np.zeros(pixels))


def test_plain_weights_are_the_posterior() -> None:
    drawn = messages(np.random.default_rng(2), 10)
    expected = drawn.posteriors()[1, LANDSLIDE]
    assert expit(weighted_odds(drawn, 1, PLAIN)) == pytest.approx(expected)


def test_weights_of_which_labels_were_made_are_found() -> None:
    rng = np.random.default_rng(3)
    drawn, true = messages(rng), np.array([0.3, 1.2, 0.6, 0.5, -0.5, 0.0])
    landslide = rng.random(20_000) < expit(weighted_odds(drawn, 0, true))
    found = fit_weights(drawn, 0, landslide, np.ones(20_000))
    assert found[:3] == pytest.approx(true[:3], abs=0.1)


def test_without_evidence_the_weights_stay_plain() -> None:
    flat = np.full((1, 4, 5), 0.25)
    none = Messages(flat, flat, flat, np.zeros(5))
    landslide = np.array([True, False, False, False, False])  # a share of a quarter of the odds
    found = fit_weights(none, 0, landslide, np.array([1.0, 0.75, 0.75, 0.75, 0.75]))
    assert found == pytest.approx(PLAIN, abs=1e-3)
