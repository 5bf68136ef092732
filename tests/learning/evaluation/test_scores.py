"""Scores of a map on test blocks and on the whole area, by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from slidelens.analysis.accuracy.reliability import reliability
from slidelens.dataset.parts import OUTSIDE, TEST, TRAIN, UNKNOWN
from slidelens.dataset.prepared import Prepared
from slidelens.dataset.standardisation import BandStatistics
from slidelens.geo.rasters.scene import Scene
from slidelens.geo.windowed import chunks, whole
from slidelens.learning.evaluation.scores import (
    ScoredPrediction,
    format_f1,
    precision_recall_csv,
    score_prediction,
)
from slidelens.learning.inference.calibration import Calibration
from slidelens.learning.mapping.plain_tiles import PlainTiles
from slidelens.types import Float32
from support.images.windowed import windowed
from support.learning.trainings import pretrained_metadata
from support.studies import grid_of, params_for

# Test blocks: 0.9 is a hit, 0.2 missed, 0.8 a false alarm. Elsewhere: 0.7 is a hit.
PROBABILITY = [0.9, 0.2, 0.8, 0.1, 0.9, 0.3, 0.7, 0.4, 0.6]
LABELS = [1, 1, 0, 0, UNKNOWN, 0, 1, 0, 1]
PARTS = np.array([[TEST] * 6 + [TRAIN] * 2 + [OUTSIDE]], np.uint8)
STATISTICS = BandStatistics(("red",), (0.0,), (1.0,), 1)
METADATA = pretrained_metadata(STATISTICS)


def prepare(labels: list[int]) -> Prepared:
    """Nine pixels of 10 m, whose only band is what the network will say."""
    pixels = np.array(PROBABILITY, np.float32).reshape(1, 9, 1)
    scene = Scene(grid_of(1, 9), ("red",), pixels, np.ones((1, 9), bool))
    return Prepared(scene, np.array([labels], np.uint8), PARTS, STATISTICS, None)


def first_band(pixels: Float32) -> Float32:
    return pixels[..., 0]


def clipped(pixels: Float32) -> Float32:
    return np.clip(pixels[..., 0], 0, 1)


@pytest.fixture
def scored(tmp_path: Path) -> ScoredPrediction:
    params = params_for(tmp_path, ["2013"])
    return score_prediction(prepare(LABELS), METADATA, first_band, params, tmp_path / "maps")


def test_counts_are_pooled_over_the_known_pixels_of_the_test_blocks(
    scored: ScoredPrediction,
) -> None:
    """TP 1, FN 1, FP 1 and TN 2 of 5 pixels of 100 m²."""
    assert scored.threshold == 0.5
    scores = {key: scored.test[key] for key in ("precision", "recall", "f1", "why")}
    assert scores == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "why": None}
    areas = [scored.test[key] for key in ("ground_km2", "observed_m2", "predicted_m2")]
    assert areas == pytest.approx([5e-4, 200, 200])
    assert scored.test["false_alarm_m2_per_km2"] == pytest.approx(1e6 / 3)


def test_the_area_is_everything_that_is_not_outside(scored: ScoredPrediction) -> None:
    """TP 2, FN 1, FP 1 and TN 3."""
    assert scored.area["f1"] == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))
    assert scored.area["ground_km2"] == pytest.approx(7e-4)


def test_the_loss_is_that_of_the_known_test_pixels(tmp_path: Path) -> None:
    params = params_for(
        tmp_path, ["2013"], learning__fn_weight=0.3, learning__fp_weight=0.7, learning__epsilon=1e-9
    )
    # TP 0.9 + 0.2, FN 0.1 + 0.8, FP 0.8 + 0.1 + 0.3
    loss = 1 - 1.1 / (1.1 + 0.3 * 0.9 + 0.7 * 1.2)
    scored = score_prediction(prepare(LABELS), METADATA, first_band, params, tmp_path / "maps")
    assert scored.test["loss"] == pytest.approx(loss, abs=1e-6)


def test_the_map_is_of_calibrated_probabilities_and_the_loss_of_the_output(
    scored: ScoredPrediction, tmp_path: Path
) -> None:
    # log-odds less 2: of 0.9, 0.8 and 0.7 only 0.9 stays above a half
    metadata = replace(METADATA, calibration=Calibration((-9.0, 9.0), (-11.0, 7.0)))
    params = params_for(tmp_path, ["2013"])
    found = score_prediction(prepare(LABELS), metadata, first_band, params, tmp_path / "maps")
    for scores, recall in ((found.test, 1 / 2), (found.area, 1 / 3)):
        assert (scores["precision"], scores["recall"]) == (1, pytest.approx(recall))
    assert found.test["loss"] == scored.test["loss"]
    odds = np.array([9, 1 / 4, 4, 1 / 9, 3 / 7]) * np.exp(-2)
    observed, probability = np.array([True, True, False, False, False]), odds / (1 + odds)
    expected = reliability(observed, probability).error
    assert found.test["calibration_error"] == pytest.approx(expected, abs=1e-6)
    curve = precision_recall_csv(prepare(LABELS), {"after": found}).splitlines()
    assert float(curve[1].split(",")[1]) == pytest.approx(probability[0], abs=0.003)


def test_without_landslides_scores_are_undefined_with_a_reason(tmp_path: Path) -> None:
    labels = [0 if label == 1 else label for label in LABELS]
    params = params_for(tmp_path, ["2013"])
    scored = score_prediction(prepare(labels), METADATA, first_band, params, tmp_path / "maps")
    assert scored.test["loss"] is None
    assert scored.test["f1"] is None
    assert "the test blocks" in scored.test["why"]
    assert "the area" in scored.area["why"]
    assert format_f1(scored.test) == [f"– ({scored.test['why']})"]


def test_f1_is_shown_with_three_digits() -> None:
    scores: list[dict[str, Any]] = [{"f1": 2 / 3, "why": None}, {"f1": None, "why": "no landslide"}]
    assert format_f1(*scores) == ["0.667", "– (no landslide)"]


def test_the_curve_is_that_of_the_known_test_pixels(
    scored: ScoredPrediction, tmp_path: Path
) -> None:
    path = tmp_path / "curve.csv"
    path.write_text(precision_recall_csv(prepare(LABELS), {"before": scored, "after": scored}))
    table = pd.read_csv(path)
    assert list(table.columns) == ["weights", "threshold", "recall", "precision"]
    assert table["weights"].unique().tolist() == ["before", "after"]
    curve = table[table["weights"] == "after"].set_index("threshold")
    # from 0.9 on one hit; from 0.8 on one false alarm too; from 0.2 on both, and 0.3 false too
    for threshold, recall, precision in ((0.9, 0.5, 1), (0.8, 0.5, 0.5), (0.2, 1, 0.5)):
        row = curve.iloc[int(np.abs(curve.index.to_numpy(float) - threshold).argmin())]
        assert (row.recall, row.precision) == (recall, precision)


@pytest.mark.parametrize("tile_px", [None, 16])
def test_a_large_map_is_scored_as_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tile_px: int | None
) -> None:
    rng, grid = np.random.default_rng(1), grid_of(80, 112)
    values = rng.random((*grid.shape, 1)).astype(np.float32)
    scene = Scene(grid, ("red",), values, rng.random(grid.shape) > 0.1)
    labels = np.where(rng.random(grid.shape) > 0.1, values[..., 0] > 0.7, UNKNOWN)
    parts = rng.integers(0, 4, grid.shape).astype(np.uint8)
    held = Prepared(scene, labels.astype(np.uint8), parts, STATISTICS, None, tile_px)
    params = params_for(tmp_path, ["2013"], evaluate__threshold="expected")
    for module in ("evaluation.scores", "mapping.prediction"):
        small_chunks = partial(chunks, side=32)
        monkeypatch.setattr(f"slidelens.learning.{module}.chunks", small_chunks)
    tiles = PlainTiles(clipped, METADATA, 16, 32)
    monkeypatch.setattr("slidelens.learning.mapping.dataset_map.as_tiles", lambda *_: tiles)
    small, large = (
        score_prediction(ground, METADATA, clipped, params, tmp_path / name)
        for name, ground in (("small", held), ("large", windowed(held)))
    )
    everything = whole(grid.shape)
    for name in ("output", "probability"):
        one, other = (getattr(each.mapped, name).read(everything) for each in (small, large))
        np.testing.assert_array_equal(one, other)
    assert small.mapped.deviation is large.mapped.deviation is None
    assert large.threshold == small.threshold
    for name in ("test", "area"):
        assert getattr(large, name) == pytest.approx(getattr(small, name), rel=1e-9)
    assert precision_recall_csv(held, {"after": small}) == precision_recall_csv(
        windowed(held), {"after": large}
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "large"]
