"""Revise the probabilities of a series of dates by the histories that the ground can have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from slidelens.analysis.revision.model import RevisionModel, fit_revision
from slidelens.analysis.revision.sequences import UNSEEN, Levels, Sequences, count_sequences
from slidelens.analysis.revision.states import UNKNOWN
from slidelens.errors import ParamsError
from slidelens.learning.revision.revising import MINIMUM_PX, has_enough_landslides
from slidelens.types import Float32, Mask


@dataclass(frozen=True)
class RevisedProbabilities:
    """Probabilities of all dates, revised by each other.

    Attributes:
        probability: (dates, height, width) probability of landslide, also where a date shows
            nothing.
        onset: (dates, height, width) probability that landslide began between a date and the one
            before; of the first date, that there is landslide.
    """

    probability: Float32
    onset: Float32


def revise_probabilities(
    probabilities: ArrayLike,
    labels: ArrayLike,
    training: ArrayLike | None = None,
    choosing: ArrayLike | None = None,
) -> RevisedProbabilities:
    """Revise a stack of probability maps, as the stage `revise` does.

    A chain of states (intact, landslide, scar, bare) is fitted to the labels, and the evidence of
    earlier and later dates is weighed. Whether that pays, and at which threshold, is for the caller
    to find out on ground that the fit has not seen.

    Args:
        probabilities: (dates, height, width) calibrated probabilities, 0 to 1, in time order, on
            one grid; NaN where a date's image shows nothing.
        labels: (dates, height, width) 1 landslide, 0 none, 255 unknown.
        training: (height, width) mask of the ground whose labels the chain is fitted to; all by
            default.
        choosing: (height, width) mask of the ground whose labels the weights of the dates are
            fitted to, usually training and validation blocks; that of `training` by default.

    Raises:
        ParamsError: If the shapes do not fit, a value is out of range, or fewer than two dates have
            200 labelled landslide pixels in the training ground.
    """
    levels, known = _levels(probabilities), np.asarray(labels)
    if known.shape != levels.shape:
        raise ParamsError(f"labels have shape {known.shape}, probabilities {levels.shape}")
    if not np.isin(known, (0, 1, UNKNOWN)).all():
        raise ParamsError(f"labels hold other values than 0, 1 and {UNKNOWN} (unknown)")
    fitted_to = _mask(training, levels.shape[1:], "training")
    chosen_by = fitted_to if choosing is None else _mask(choosing, levels.shape[1:], "choosing")
    model = _fit(_sample(levels, known, fitted_to), _sample(levels, known, chosen_by))
    probability, onset = model.revise(levels.reshape(len(levels), -1))
    return RevisedProbabilities(probability.reshape(levels.shape), onset.reshape(levels.shape))


def _fit(training: Sequences, chosen: Sequences) -> RevisionModel:
    if not has_enough_landslides(training):
        raise ParamsError(
            f"fewer than two dates have {MINIMUM_PX} labelled landslide pixels in the training "
            "ground; label more, or leave the maps as they are"
        )
    return fit_revision(training, chosen)


def _levels(probabilities: ArrayLike) -> Levels:
    """Return (dates, height, width) probabilities as 0…255 for 0…1, UNSEEN for NaN."""
    values = np.asarray(probabilities, np.float32)
    if values.ndim != 3:
        raise ParamsError(f"probabilities have shape {values.shape}; give (dates, height, width)")
    seen = ~np.isnan(values)
    if ((values < 0) | (values > 1))[seen].any():
        raise ParamsError("probabilities are not all between 0 and 1; scale them")
    return np.where(seen, np.rint(np.nan_to_num(values) * 255), UNSEEN).astype(np.int16)


def _mask(values: ArrayLike | None, shape: tuple[int, ...], name: str) -> Mask:
    mask: NDArray[np.bool_] = np.ones(shape, bool) if values is None else np.asarray(values, bool)
    if mask.shape != shape:
        raise ParamsError(f"{name} has shape {mask.shape}; give (height, width), {shape}")
    return mask


def _sample(levels: Levels, labels: NDArray[Any], chosen: Mask) -> Sequences:
    return count_sequences(levels[:, chosen], labels[:, chosen].astype(np.uint8))
