"""Scores of predictions on test blocks and validation tiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slidelens.analysis.accuracy.confusion import count
from slidelens.dataset.parts import UNKNOWN
from slidelens.learning.inference.windows import Predictor
from slidelens.params.schema import Params

if TYPE_CHECKING:
    pass
import pandas as pd

from slidelens.analysis.accuracy.precision_recall import precision_recall
from slidelens.analysis.accuracy.reliability import reliability
from slidelens.dataset.parts import OUTSIDE, TEST
from slidelens.dataset.prepared import Prepared
from slidelens.learning.inference.weights import WeightsMetadata
from slidelens.learning.mapping.prediction import Prediction, loss_on, predict_dataset, threshold_of
from slidelens.types import Mask

Scores = dict[str, Any]


@dataclass(frozen=True)
class ScoredPrediction:
    """A map of the date, the threshold it is cut at, and its scores on the test blocks and on the whole area."""

    mapped: Prediction
    threshold: float
    test: Scores
    area: Scores


def precision_recall_csv(prepared: Prepared, scored: dict[str, ScoredPrediction]) -> str:
    """Precision and recall on the test blocks at every threshold, as CSV: weights (before or after fine-tuning), threshold, recall, precision."""
    test = (prepared.labels != UNKNOWN) & (prepared.split_map == TEST)
    tables = []
    for name, one in scored.items():
        curve = precision_recall(prepared.labels[test] == 1, one.mapped.probability[test])
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
    return pd.concat(tables).to_csv(index=False, float_format="%.5f")


def score_prediction(
    prepared: Prepared, card: WeightsMetadata, network: Predictor, params: Params
) -> ScoredPrediction:
    """The date mapped with some weights, and scored."""
    mapped = predict_dataset(prepared, card, network, params)
    threshold = threshold_of(card, params, prepared, mapped.probability)
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
    ground: Mask,
    params: Params,
    where: str,
) -> Scores:
    """Pooled counts first, then their ratios; None, with a reason, where a score has no meaning."""
    observed = prepared.labels == 1
    counts = count(observed, mapped.probability >= threshold, ground)
    pixel_m2 = prepared.scene.grid.pixel_area_m2
    without = counts.false_positive + counts.true_negative
    return {
        **counts.scores(),
        "loss": loss_on(ground, prepared, mapped, params) if counts.observed else None,
        "calibration_error": reliability(observed[ground], mapped.probability[ground]).error,
        "threshold": threshold,
        "ground_km2": counts.total * pixel_m2 / 1e6,
        "observed_m2": counts.observed * pixel_m2,
        "predicted_m2": counts.predicted * pixel_m2,
        "false_alarm_m2_per_km2": counts.false_positive / without * 1e6 if without else None,
        "why": counts.why(where),
    }


def format_f1(*scores: Scores) -> list[str]:
    """Return each F1 as text, with the reason where it is undefined."""
    return [f"{s['f1']:.3f}" if s["f1"] is not None else f"– ({s['why']})" for s in scores]
