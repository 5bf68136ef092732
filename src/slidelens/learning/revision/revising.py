"""Revise the maps of all dates, and keep each revision that pays on labelled ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from slidelens.analysis.revision.model import RevisionModel, fit_revision
from slidelens.analysis.revision.sequences import UNSEEN, Sequences
from slidelens.analysis.revision.states import STATES
from slidelens.dataset.parts import TRAIN, VALIDATION
from slidelens.geo.geotiff import as_type
from slidelens.learning.revision.dated_maps import DatedMaps, RevisedMap
from slidelens.learning.revision.level_counts import LevelCounts
from slidelens.types import Float32, UInt8

MINIMUM_PX = 200  # labelled landslide pixels of training blocks at two dates, for a model


@dataclass(frozen=True)
class RevisedDate:
    """What became of a date's map.

    Attributes:
        probability: The revised map; None if the map stays as it is.
        onset: Probability that landslide began since the date before; None without a model.
        threshold: Probability from which a pixel of the revised map is landslide.
        scores: Of the revised map on the test blocks.
        gain: F1 of the revised map less that of the map, on training and validation blocks; None
            if the date has no landslide in validation blocks.
        why: Why the map stays as it is; None if it is revised.
    """

    probability: RevisedMap | None
    onset: RevisedMap | None
    threshold: float
    scores: dict[str, Any]
    gain: float | None
    why: str | None


def fit_to_maps(maps: DatedMaps) -> RevisionModel | None:
    """Fit the model to the labels of training and validation blocks.

    Args:
        maps: Maps and labels of all dates.

    Returns:
        The model; None if fewer than two dates have MINIMUM_PX labelled landslide pixels in
        training blocks.
    """
    training = maps.sample([TRAIN])
    if not has_enough_landslides(training):
        return None
    return fit_revision(training, maps.sample([TRAIN, VALIDATION]))


def has_enough_landslides(training: Sequences) -> bool:
    """Return whether two dates have MINIMUM_PX landslide pixels, without which there is no model.

    Args:
        training: Levels and labels of training pixels.
    """
    landslides = ((training.labels == 1) * training.pixels).sum(axis=1)
    return int((landslides >= MINIMUM_PX).sum()) >= 2


def revise_maps(
    maps: DatedMaps,
    model: RevisionModel | None,
    thresholds: Sequence[float],
    fixed: float | None,
    scratch: Path,
) -> list[RevisedDate]:
    """Revise the maps of all dates, strip by strip.

    Args:
        maps: Maps and labels of all dates.
        model: The model; None: no map is revised.
        thresholds: Threshold of each map as it is.
        fixed: Threshold of all revised maps; None: the best one of each.
        scratch: Folder for the revised maps while they are needed.
    """
    if model is None:
        why = "fewer than two dates have landslides enough in training blocks"
        return [RevisedDate(None, None, 0.5, {}, None, why) for _ in maps.maps]
    revised, onsets = (
        [RevisedMap(scratch / f"{name}{number}", maps.grid) for number in range(len(maps.maps))]
        for name in ("revised", "onset")
    )
    before, after = ([LevelCounts() for _ in maps.maps] for _ in range(2))
    for strip in maps.strips():
        shape = strip.levels.shape
        results = [_to_levels(each) for each in model.revise(strip.levels.reshape(shape[0], -1))]
        for number, (levels, onset) in enumerate(zip(*results, strict=True)):
            seen = strip.levels[number].ravel() >= 0
            known, split = strip.labels[number].ravel(), strip.split.ravel()
            before[number].add(strip.levels[number].ravel(), known, split)
            after[number].add(np.where(seen, levels, np.int16(UNSEEN)), known, split)
            revised[number].write(strip.part, levels.reshape(shape[1:]))
            onsets[number].write(strip.part, onset.reshape(shape[1:]))
    return [
        _decide(*each, fixed)
        for each in zip(revised, onsets, before, after, thresholds, strict=True)
    ]


def _decide(
    revised: RevisedMap,
    onset: RevisedMap,
    before: LevelCounts,
    after: LevelCounts,
    threshold: float,
    fixed: float | None,
) -> RevisedDate:
    """Keep a revised map unless F1 on labelled ground is lower than that of the map as it is."""
    new = after.choose_threshold() if fixed is None else fixed
    if new is None or (old_f1 := before.f1(threshold)) is None:
        why = "it has no landslide in validation blocks"
        return RevisedDate(None, onset, 0.5, {}, None, why)
    gain = (after.f1(new) or 0.0) - old_f1
    if gain < 0:
        why = "revision lowers F1 on training and validation blocks"
        return RevisedDate(None, onset, new, {}, gain, why)
    return RevisedDate(revised, onset, new, after.test_scores(new), gain, None)


def _to_levels(probability: Float32) -> UInt8:
    return as_type(probability * 255, np.dtype("uint8"))


def describe_model(model: RevisionModel, dates: Sequence[str]) -> dict[str, Any]:
    """Return the model's rates and weights, for JSON.

    Args:
        model: The model.
        dates: Labels, in time order.
    """
    chain = model.chain
    return {
        "states": list(STATES),
        "initial": chain.initial.round(6).tolist(),
        "changes": {
            date: change.round(6).tolist()
            for date, change in zip(dates[1:], chain.changes, strict=True)
        },
        "weights": {
            date: dict(zip(("before", "own", "after"), weights[:3].round(4).tolist(), strict=True))
            for date, weights in zip(dates, model.weights, strict=True)
        },
    }
