"""Estimate the chain from maps and labels of training blocks.

The labels tell landslide and, with the labels before, scar; whether other ground is intact or bare
(fields, river bars, roads, which look like landslide at every date) they do not tell, nor what is
on unlabelled ground. The expectation–maximisation algorithm estimates that.

Source: Baum et al. (1970), doi 10.1214/aoms/1177697196.
"""

from __future__ import annotations

import numpy as np

from slidelens.analysis.revision.chain import Chain, exchange_messages
from slidelens.analysis.revision.sequences import BINS, UNSEEN, Sequences
from slidelens.analysis.revision.states import (
    ALLOWED,
    BARE,
    INTACT,
    LANDSLIDE,
    SCAR,
    STATES,
    UNKNOWN,
    possible_states,
)
from slidelens.types import Float64

_ROUNDS = 12
_POOLED_PX = 200.0  # pixels by which each date's histogram is drawn to that of all dates
_RATE_PX = 1.0  # pixels that are added to each change that can happen
_DARK_BIN = 6  # below it a map shows nothing that looks like landslide


def estimate_chain(sample: Sequences) -> Chain:
    """Estimate the chain of maximum likelihood from training pixels.

    Args:
        sample: Levels and labels of training pixels, in time order.
    """
    sample = sample.binned()
    possible = possible_states(sample.labels)
    labelled = (sample.labels != UNKNOWN).any(axis=1)
    chain = _start(sample, possible)
    for _ in range(_ROUNDS):
        seen = (sample.levels != UNSEEN)[:, None]
        shown = np.stack(
            [table[:, bins] for table, bins in zip(chain.shown, sample.levels, strict=True)]
        )
        messages = exchange_messages(chain, np.where(seen, shown, 1.0) * possible)
        states = messages.posteriors() * sample.pixels
        changes = np.stack([(joint * sample.pixels).sum(-1) for joint in messages.pairs(chain)])
        histograms = _histograms(sample, states)
        chain = Chain(_initial(states[0]), _rates(changes), _smoothed(histograms, labelled))
    return chain


def _start(sample: Sequences, possible: np.ndarray) -> Chain:
    """Return a chain to begin with: each possible state is as likely; bare ground looks like scar.

    Nothing else tells intact from bare ground at first.
    """
    states = possible / possible.sum(axis=1, keepdims=True) * sample.pixels
    known = (sample.labels != UNKNOWN)[:, None] * states
    shown = _smoothed(_histograms(sample, known), np.ones(len(known), bool))
    shown[:, BARE] = 0.5 * (shown[:, INTACT] + shown[:, SCAR])
    shown[:, INTACT, _DARK_BIN:] *= 0.3
    shown /= shown.sum(axis=2, keepdims=True)
    initial = np.array([0.96, 0.01, 0.01, 0.02])
    change = np.array(
        [[0.97, 0.01, 0, 0.02], [0, 0.7, 0.3, 0], [0, 0.1, 0.9, 0], [0.1, 0.01, 0, 0.89]]
    )
    return Chain(initial, np.repeat(change[None], len(known) - 1, axis=0), shown)


def _histograms(sample: Sequences, states: Float64) -> Float64:
    """Return the (dates, states, bins) number of pixels."""
    counts = np.zeros((len(states), len(STATES), BINS))
    for number, (bins, weights) in enumerate(zip(sample.levels, states, strict=True)):
        seen = bins != UNSEEN
        for state, pixels in enumerate(weights):
            counts[number, state] = np.bincount(bins[seen], pixels[seen], BINS)
    return counts


def _smoothed(counts: Float64, labelled: np.ndarray) -> Float64:
    """Return (dates, states, bins) shares, drawn to those of all labelled dates."""
    pooled = counts[labelled].sum(axis=0) + 0.5
    pooled /= pooled.sum(axis=1, keepdims=True)
    shares: Float64 = (counts + _POOLED_PX * pooled) / (
        counts.sum(axis=2, keepdims=True) + _POOLED_PX
    )
    return shares


def _rates(changes: Float64) -> Float64:
    counts = (changes + _RATE_PX) * ALLOWED
    rates: Float64 = counts / counts.sum(axis=2, keepdims=True)
    return rates


def _initial(states: Float64) -> Float64:
    """Return the first date's shares; labels do not tell the scars from before it.

    Scars are taken to be as common as landslides.
    """
    pixels = states.sum(axis=1) + 0.5
    pixels[SCAR] = pixels[LANDSLIDE]
    return np.asarray(pixels / pixels.sum())
