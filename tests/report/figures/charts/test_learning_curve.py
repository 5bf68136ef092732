"""Learning curves from the table of ablations."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from slidelens.report.figures.charts.learning_curve import draw_learning_curves, learning_curves
from slidelens.report.figures.style import FigureWriter

ABLATIONS = pd.DataFrame(
    {
        "experiment": ["pretrained", "pretrained-5-landslides", "scratch-20-landslides", "chained"],
        "f1": [0.75, 0.5, 0.25, 0.7],
    }
)


def test_labels_give_start_and_number_of_landslides() -> None:
    """Rows of other experiments, here `chained`, are on no curve."""
    curves = learning_curves(ABLATIONS)
    assert {start: curve.to_dict() for start, curve in curves.items()} == {
        "pretrained": {5: 0.5, float("inf"): 0.75},
        "scratch": {20: 0.25},
    }


def test_one_number_of_landslides_makes_no_curve(tmp_path: Path) -> None:
    draw_learning_curves(FigureWriter(tmp_path), ABLATIONS[:1], "Run with epochs 10.")
    assert list(tmp_path.iterdir()) == []
    draw_learning_curves(FigureWriter(tmp_path), ABLATIONS, "Run with epochs 10.")
    assert [path.name for path in tmp_path.iterdir()] == ["landslides.png"]
