"""The model that revises the probabilities of all dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from slidelens.analysis.revision.chain import Chain, exchange_messages, onsets
from slidelens.analysis.revision.estimation import estimate_chain
from slidelens.analysis.revision.sequences import UNSEEN, Levels, Sequences, unique_columns
from slidelens.analysis.revision.states import UNKNOWN
from slidelens.analysis.revision.weighting import PLAIN, fit_weights, weighted_odds
from slidelens.types import Float32, Float64

_AT_ONCE = 2**18  # pixels


@dataclass(frozen=True)
class RevisionModel:
    """A chain of states, and the weights of its messages at each date.

    Attributes:
        chain: The chain.
        weights: (dates, 6) as in `weighted_odds`.
    """

    chain: Chain
    weights: Float64

    def revise(self, levels: Levels) -> tuple[Float32, Float32]:
        """Revise pixels, each by itself.

        Args:
            levels: (dates, n) probability as 0…255 for 0…1, UNSEEN where the image shows nothing.

        Returns:
            (dates, n) revised probability of landslide, also where a date shows nothing; (dates, n)
            probability that landslide began between the date and the one before.
        """
        probability, onset = np.empty((2, *levels.shape), np.float32)
        for start in range(0, levels.shape[1], _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            different, number = unique_columns(levels[:, part])
            messages = exchange_messages(self.chain, self.chain.evidence(different))
            for date, weights in enumerate(self.weights):
                odds = weighted_odds(messages, date, weights)
                probability[date, part] = expit(odds)[number]
            onset[:, part] = onsets(messages, self.chain)[:, number]
        return probability, onset


def fit_revision(training: Sequences, labelled: Sequences) -> RevisionModel:
    """Fit the model.

    Args:
        training: Pixels of training blocks, for the chain.
        labelled: Pixels of training and validation blocks, for the weights. A date of which none
            is labelled as landslide and seen has the weights of the plain chain.
    """
    chain = estimate_chain(training)
    messages = exchange_messages(chain, chain.evidence(labelled.levels))
    weights = []
    for date, (levels, labels) in enumerate(zip(labelled.levels, labelled.labels, strict=True)):
        pixels = labelled.pixels * ((levels != UNSEEN) & (labels != UNKNOWN))
        some = (pixels * (labels == 1)).any() and (pixels * (labels == 0)).any()
        fitted = fit_weights(messages, date, labels == 1, pixels) if some else PLAIN
        weights.append(fitted)
    return RevisionModel(chain, np.stack(weights))
