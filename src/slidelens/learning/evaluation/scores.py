"""Score the maps of a date on its test blocks and on the whole area."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from slidelens.analysis.accuracy.confusion import count
from slidelens.analysis.accuracy.precision_recall import precision_recall
from slidelens.analysis.accuracy.reliability import reliability
from slidelens.dataset.parts import OUTSIDE, TEST, UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.escaping import csv_text
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.inference.windows import Predictor
from slidelens.learning.mapping.prediction import Prediction, loss_on, predict_dataset, threshold_of
from slidelens.params.schema import Params
from slidelens.types import Mask

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

    mapped: Prediction
    threshold: float
    test: Scores
    area: Scores


def precision_recall_csv(prepared: Prepared, scored: dict[str, ScoredPrediction]) -> str:
    """Return precision and recall on the test blocks at every threshold, as CSV.

    Args:
        prepared: Prepared data of the date.
        scored: Maps by weights (`before` or `after` fine-tuning), the first column.
    """
    test = (prepared.labels != UNKNOWN) & (prepared.split_map == TEST)
    tables = []
    for name, prediction in scored.items():
        curve = precision_recall(prepared.labels[test] == 1, prediction.mapped.probability[test])
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
    prepared: Prepared, metadata: WeightsMetadata, network: Predictor, params: Params
) -> ScoredPrediction:
    """Map a date with a network and score the map.

    Args:
        prepared: Prepared data of the date.
        metadata: Metadata of the weights file.
        network: Network of the weights file.
        params: Parameters of the evaluation.
    """
    mapped = predict_dataset(prepared, metadata, network, params)
    threshold = threshold_of(metadata, params, prepared, mapped.probability)
    known = prepared.labels != UNKNOWN
    test, area = known & (prepared.split_map == TEST), known & (prepared.split_map != OUTSIDE)
    return ScoredPrediction(
        mapped,
        threshold,
        _scores(prepared, mapped, threshold, test, params, "the test blocks"),
        _scores(prepared, mapped, threshold, area, params, "the area"),
    )


def _scores(
    prepared: Prepared,
    mapped: Prediction,
    threshold: float,
    pixels: Mask,
    params: Params,
    place: str,
) -> Scores:
    """Return the scores of some pixels as they are written to JSON.

    Counts are pooled over the pixels, then divided. Undefined scores are None, with a reason.
    """
    observed = prepared.labels == 1
    counts = count(observed, mapped.probability >= threshold, pixels)
    pixel_m2 = prepared.scene.grid.pixel_area_m2
    negatives = counts.false_positive + counts.true_negative
    return {
        **counts.scores(),
        "loss": loss_on(pixels, prepared, mapped, params) if counts.observed else None,
        "calibration_error": reliability(observed[pixels], mapped.probability[pixels]).error,
        "threshold": threshold,
        "ground_km2": counts.total * pixel_m2 / 1e6,
        "observed_m2": counts.observed * pixel_m2,
        "predicted_m2": counts.predicted * pixel_m2,
        "false_alarm_m2_per_km2": counts.false_positive / negatives * 1e6 if negatives else None,
        "why": counts.why(place),
    }


def format_f1(*scores: Scores) -> list[str]:
    """Return each F1 as text, with the reason where it is undefined."""
    return [
        f"{score['f1']:.3f}" if score["f1"] is not None else f"– ({score['why']})"
        for score in scores
    ]
