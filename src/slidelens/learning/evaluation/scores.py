"""Score the maps of a date on its test blocks and on the whole area."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from slidelens.analysis.accuracy.confusion import Counts, count
from slidelens.analysis.accuracy.precision_recall import LevelCounts
from slidelens.analysis.accuracy.reliability import ReliabilitySums
from slidelens.dataset.parts import OUTSIDE, TEST, UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.escaping import csv_text
from slidelens.geo.windowed import Part, chunks, whole
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.mapping.dataset_map import DatasetMap, map_dataset
from slidelens.learning.mapping.prediction import threshold_of
from slidelens.learning.scores import TverskySums
from slidelens.params.schema import Params
from slidelens.types import Float32, Mask

Scores = dict[str, Any]


@dataclass(frozen=True)
class ScoredPrediction:
    """A map of a date and its scores.

    Attributes:
        mapped: The map.
        threshold: Probability from which a pixel is landslide.
        test: Scores on the test blocks.
        area: Scores on the whole investigation area.
    """

    mapped: DatasetMap
    threshold: float
    test: Scores
    area: Scores


def precision_recall_csv(prepared: Prepared, scored: dict[str, ScoredPrediction]) -> str:
    """Return precision and recall on the test blocks at every threshold, as CSV.

    Args:
        prepared: Prepared data of the date.
        scored: Maps by weights (`before` or `after` fine-tuning), the first column.
    """
    tables = []
    for name, prediction in scored.items():
        counts = LevelCounts()
        for part in _parts(prepared):
            labels, test = prepared.labels[part], _test(prepared, part)
            probability = prediction.mapped.probability.read(part)
            counts.add(labels[test] == 1, probability[test])
        curve = counts.curve()
        tables.append(
            pd.DataFrame(
                {
                    "weights": name,
                    "threshold": curve.threshold,
                    "recall": curve.recall,
                    "precision": curve.precision,
                }
            )
        )
    return csv_text(pd.concat(tables), float_format="%.5f")


def score_prediction(
    prepared: Prepared,
    metadata: WeightsMetadata,
    network: Predictor,
    params: Params,
    scratch: Path,
) -> ScoredPrediction:
    """Map a date with a network and score the map.

    Args:
        prepared: Prepared data of the date.
        metadata: Metadata of the weights file.
        network: Network of the weights file.
        params: Parameters of the evaluation.
        scratch: New folder for the map of a large scene.
    """
    mapped = map_dataset(prepared, metadata, network, scratch)
    threshold = threshold_of(metadata, params, prepared, mapped.probability)
    test, area = _ScoreSums(), _ScoreSums()
    for part in _parts(prepared):
        labels, output = prepared.labels[part], mapped.output.read(part)
        probability = mapped.probability.read(part)
        for sums, pixels in ((test, _test(prepared, part)), (area, _known_inside(prepared, part))):
            sums.add(labels[pixels] == 1, output[pixels], probability[pixels], threshold)
    pixel_m2 = prepared.scene.grid.pixel_area_m2
    return ScoredPrediction(
        mapped,
        threshold,
        test.scores(threshold, pixel_m2, params, "the test blocks"),
        area.scores(threshold, pixel_m2, params, "the area"),
    )


def _parts(prepared: Prepared) -> list[Part]:
    """Return the parts of a scene that are scored one after another; one if it is in memory."""
    shape = prepared.scene.grid.shape
    return [whole(shape)] if prepared.is_held else list(chunks(shape))


def _test(prepared: Prepared, part: Part) -> Mask:
    return np.asarray((prepared.labels[part] != UNKNOWN) & (prepared.split_map[part] == TEST))


def _known_inside(prepared: Prepared, part: Part) -> Mask:
    return np.asarray((prepared.labels[part] != UNKNOWN) & (prepared.split_map[part] != OUTSIDE))


class _ScoreSums:
    """What the scores of some ground are computed from, of pixels added in parts."""

    def __init__(self) -> None:
        self._counts, self._loss, self._reliability = Counts(), TverskySums(), ReliabilitySums()

    def add(self, landslide: Mask, output: Float32, probability: Float32, threshold: float) -> None:
        """Add (n,) pixels."""
        self._counts += count(landslide, probability >= threshold)
        self._loss.add(landslide, output)
        self._reliability.add(landslide, probability)

    def scores(self, threshold: float, pixel_m2: float, params: Params, place: str) -> Scores:
        """Return the scores as they are written to JSON.

        Counts are pooled over the pixels, then divided. Undefined scores are None, with a reason.
        """
        counts = self._counts
        negatives = counts.false_positive + counts.true_negative
        false_alarms = counts.false_positive / negatives * 1e6 if negatives else None
        return {
            **counts.scores(),
            "loss": self._loss.loss(params.learning) if counts.observed else None,
            "calibration_error": self._reliability.curve().error,
            "threshold": threshold,
            "ground_km2": counts.total * pixel_m2 / 1e6,
            "observed_m2": counts.observed * pixel_m2,
            "predicted_m2": counts.predicted * pixel_m2,
            "false_alarm_m2_per_km2": false_alarms,
            "why": counts.why(place),
        }


def format_f1(*scores: Scores) -> list[str]:
    """Return each F1 as text, with the reason where it is undefined."""
    return [
        f"{score['f1']:.3f}" if score["f1"] is not None else f"– ({score['why']})"
        for score in scores
    ]
