"""Threshold and calibration of adapted weights, from marks held back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from slidelens.learning.adaptation.counts import MarkCounts
from slidelens.learning.adaptation.held_back import Outputs, scene_outputs
from slidelens.learning.adaptation.sample import Sample
from slidelens.learning.inference.calibration import Calibration, fit_calibration
from slidelens.learning.inference.thresholds import LOGITS, logits_of, output_at
from slidelens.learning.inference.weights import WeightsMetadata

if TYPE_CHECKING:
    import keras

_MOST_PIXELS = 200_000  # that a calibration is fitted to
_LEAST = 1e-6  # a threshold is at least that far from 0 and 1


def logit_of_share(network: keras.Model, sample: Sample, mapped: float) -> float:
    """Return the logit of the output at which the network maps as much as those of the folds.

    A network that has learnt from all marks is surer than those that lack some, so that their
    threshold is not its own.

    Args:
        network: The network.
        sample: Tiles of the scene.
        mapped: Share of the scene.
    """
    return float(np.quantile(logits_of(scene_outputs(network, sample)), 1 - mapped))


def calibrated(
    metadata: WeightsMetadata,
    outputs: Outputs,
    counts: MarkCounts,
    share: float,
    threshold: int,
    final: float,
) -> WeightsMetadata:
    """Return metadata with threshold and calibration of marks held back.

    Args:
        metadata: Metadata of the start.
        outputs: Outputs on marks held back.
        counts: Their pixels of each mark.
        share: Share of the scene that is landslide.
        threshold: Index of the threshold for marks held back.
        final: Logit of the threshold of the final network, to which the calibration is moved.
    """
    calibration = _fit(outputs, counts, share)
    probability = float(calibration(np.array(output_at(threshold), np.float32)))
    moved = tuple(float(each + final - LOGITS[threshold]) for each in calibration.outputs)
    calibration = replace(calibration, outputs=moved)
    if not moved:
        probability = float(expit(final))
    return replace(
        metadata,
        calibration=calibration,
        threshold=min(max(probability, _LEAST), 1 - _LEAST),
    )


def _fit(outputs: Outputs, counts: MarkCounts, share: float) -> Calibration:
    """Fit a calibration to pixels repeated as often as there is ground like them."""
    box = ~counts.is_landslide[outputs.numbers - 1]
    times = np.where(box, counts.box_weight(share), 1.0)
    number = min(_MOST_PIXELS, int(np.ceil(times.sum())))
    # At equal steps through the pixels, each as long as the ground that it stands for.
    steps = (np.arange(number) + 0.5) * times.sum() / number
    pixels = np.searchsorted(times.cumsum(), steps).clip(0, len(times) - 1)
    return fit_calibration(outputs.values[pixels], outputs.labels[pixels], "platt")
