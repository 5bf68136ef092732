"""Small chains, worked out by adding up all paths."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from slidelens.analysis.revision.chain import Chain, exchange_messages, onsets
from slidelens.analysis.revision.sequences import BINS, UNSEEN
from slidelens.analysis.revision.states import INTACT, LANDSLIDE, SCAR

CHANGE = np.array([[0.90, 0.08, 0, 0.02], [0, 0.6, 0.4, 0], [0, 0.1, 0.9, 0], [0.2, 0.05, 0, 0.75]])
EVIDENCE = np.array([[0.5, 0.2, 0.2, 0.1], [0.1, 0.8, 0.3, 0.3], [0.4, 0.3, 0.6, 0.2]])[..., None]
INITIAL = np.array([0.8, 0.05, 0.05, 0.1])


def chain(dates: int = 3, shown: np.ndarray | None = None) -> Chain:
    if shown is None:
        shown = np.full((dates, 4, BINS), 1 / BINS)
    return Chain(INITIAL, np.repeat(CHANGE[None], dates - 1, axis=0), shown)


def paths(evidence: np.ndarray) -> dict[tuple[int, ...], float]:
    """Return the probability of each sequence of states, given the evidence."""
    weight = {}
    for states in product(range(4), repeat=len(evidence)):
        value = INITIAL[states[0]] * evidence[0, states[0], 0]
        for date in range(1, len(evidence)):
            value *= CHANGE[states[date - 1], states[date]] * evidence[date, states[date], 0]
        weight[states] = value
    total = sum(weight.values())
    return {states: value / total for states, value in weight.items()}


def test_posteriors_add_up_the_paths_through_each_state() -> None:
    found = exchange_messages(chain(), EVIDENCE).posteriors()[..., 0]
    for date, state in product(range(3), range(4)):
        expected = sum(p for states, p in paths(EVIDENCE).items() if states[date] == state)
        assert found[date, state] == pytest.approx(expected, abs=1e-12)


def test_the_likelihood_is_that_of_all_paths() -> None:
    total = sum(
        INITIAL[a] * EVIDENCE[0, a, 0] * CHANGE[a, b] * EVIDENCE[1, b, 0]
        for a, b in product(range(4), repeat=2)
    )
    found = exchange_messages(chain(2), EVIDENCE[:2])
    assert found.log_likelihood[0] == pytest.approx(np.log(total))


def test_an_onset_is_a_landslide_without_one_at_the_date_before() -> None:
    model = chain()
    found = onsets(exchange_messages(model, EVIDENCE), model)[:, 0]
    every = paths(EVIDENCE).items()
    assert found[0] == pytest.approx(sum(p for s, p in every if s[0] == LANDSLIDE))
    for date in (1, 2):
        expected = sum(p for s, p in every if s[date] == LANDSLIDE != s[date - 1])
        assert found[date] == pytest.approx(expected)


def test_an_unseen_date_is_no_evidence() -> None:
    shown = np.random.default_rng(1).dirichlet(np.ones(BINS), (3, 4))
    model = chain(3, shown)
    levels = np.array([[20], [UNSEEN], [200]], np.int16)
    evidence = model.evidence(levels)
    assert (evidence[1] == 1).all()
    assert not (evidence[0] == 1).all()
    expected = np.stack([evidence[0], np.ones((4, 1)), evidence[2]])
    found = exchange_messages(model, evidence).posteriors()
    assert np.array_equal(found, exchange_messages(model, expected).posteriors())


def test_evidence_is_that_of_the_bin_at_its_centre_and_lies_between_elsewhere() -> None:
    shown = np.full((1, 4, BINS), 1 / BINS)
    shown[0, LANDSLIDE, :3] = [0.01, 0.02, 0.04]  # levels 0, 1 and 2
    ratio = chain(1, shown).evidence(np.array([[0, 1, 2]], np.int16))[0]
    assert ratio[LANDSLIDE] / ratio[INTACT] == pytest.approx(np.array([0.01, 0.02, 0.04]) * BINS)
    assert ratio[SCAR] == pytest.approx(ratio[INTACT])


def test_the_likeliest_state_of_a_level_has_the_evidence_1_at_every_date() -> None:
    shown = np.random.default_rng(2).dirichlet(np.ones(BINS), (2, 4))
    levels = np.stack([np.arange(256), np.arange(256)[::-1]]).astype(np.int16)
    assert chain(2, shown).evidence(levels).max(axis=1) == pytest.approx(np.ones((2, 256)))
