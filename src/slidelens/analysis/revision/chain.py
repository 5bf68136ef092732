"""A hidden Markov chain of the states of the ground over the dates.

Source: Rabiner (1989), A tutorial on hidden Markov models, doi 10.1109/5.18626.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from slidelens.analysis.revision.sequences import BIN_STARTS, UNSEEN, Levels
from slidelens.analysis.revision.states import LANDSLIDE
from slidelens.types import Float64

LEVELS = 256


@dataclass(frozen=True)
class Chain:
    """States, their changes and what the maps show of them.

    Attributes:
        initial: (states,) probability of each state at the first date.
        changes: (dates − 1, states, states) probability of the later state, given the earlier.
        shown: (dates, states, bins) probability of each bin of levels, given the state.
    """

    initial: Float64
    changes: Float64
    shown: Float64

    def evidence(self, levels: Levels) -> Float64:
        """Return the likelihood of each state from what each date shows.

        Between the centres of bins the logarithm is interpolated. Unseen ground is no evidence.

        Args:
            levels: (dates, n).

        Returns:
            (dates, states, n), at most 1 for every date and pixel; 1 where unseen.
        """
        widths = np.diff(BIN_STARTS, append=LEVELS)
        centres = BIN_STARTS + (widths - 1) / 2
        every = np.arange(LEVELS)
        logs = np.log(self.shown / widths)
        table = np.stack([[np.interp(every, centres, row) for row in date] for date in logs])
        table = np.exp(table - table.max(axis=1, keepdims=True))
        likelihoods = [shown[:, level] for shown, level in zip(table, levels, strict=True)]
        seen = (levels != UNSEEN)[:, None]
        return np.where(seen, np.stack(likelihoods), 1.0)


@dataclass(frozen=True)
class Messages:
    """What the dates before and after each date tell about the states at it.

    Attributes:
        before: (dates, states, n) probability, given all earlier dates.
        after: (dates, states, n) likelihood from all later dates, up to a factor.
        evidence: (dates, states, n) likelihood from the date itself.
        log_likelihood: (n,) logarithm of the probability of all evidence.
    """

    before: Float64
    after: Float64
    evidence: Float64
    log_likelihood: Float64

    def posteriors(self) -> Float64:
        """Return the (dates, states, n) probability of each state, given all dates."""
        return normalised(self.before * self.evidence * self.after)

    def pairs(self, chain: Chain) -> Iterator[Float64]:
        """Yield the (states, states, n) probability of two consecutive states, given all dates."""
        for number, change in enumerate(chain.changes):
            earlier = self.before[number] * self.evidence[number]
            later = self.evidence[number + 1] * self.after[number + 1]
            joint = earlier[:, None] * change[:, :, None] * later[None]
            yield joint / np.maximum(_total(joint.reshape(-1, joint.shape[-1])), 1e-300)


def exchange_messages(chain: Chain, evidence: Float64) -> Messages:
    """Pass what each date tells to all others: the forward–backward algorithm.

    Args:
        chain: The chain.
        evidence: (dates, states, n) likelihood of each state from each date.
    """
    before, after = np.empty_like(evidence), np.ones_like(evidence)
    before[0] = chain.initial[:, None]
    log_likelihood = np.zeros(evidence.shape[-1])
    for number, shown in enumerate(evidence):
        current = before[number] * shown
        total = np.maximum(_total(current), 1e-300)
        log_likelihood += np.log(total)
        if number + 1 < len(evidence):
            before[number + 1] = _step(chain.changes[number].T, current / total)
    for number in range(len(evidence) - 2, -1, -1):
        later = _step(chain.changes[number], evidence[number + 1] * after[number + 1])
        after[number] = later / np.maximum(_total(later), 1e-300)
    return Messages(before, after, evidence, log_likelihood)


def onsets(messages: Messages, chain: Chain) -> Float64:
    """Return the probability that landslide began between each date and the one before.

    Args:
        messages: Of the chain.
        chain: The chain.

    Returns:
        (dates, n); at the first date, that there is landslide.
    """
    first = messages.posteriors()[0, LANDSLIDE]
    later = [
        _total(np.delete(joint[:, LANDSLIDE], LANDSLIDE, axis=0)) for joint in messages.pairs(chain)
    ]
    return np.stack([first, *later])


def normalised(values: Float64) -> Float64:
    """Return values that add up to 1 over the states, the last axis but one."""
    total = values[..., 0, :].copy()
    for state in range(1, values.shape[-2]):
        total += values[..., state, :]
    return np.asarray(values / np.maximum(total, 1e-300)[..., None, :])


def _step(matrix: Float64, values: Float64) -> Float64:
    """Multiply (states, states) by (states, n), in an order that does not depend on n."""
    return np.stack([_total(row[:, None] * values) for row in matrix])


def _total(values: Float64) -> Float64:
    total = values[0].copy()
    for row in values[1:]:
        total += row
    return np.asarray(total)
