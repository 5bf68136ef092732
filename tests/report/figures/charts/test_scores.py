"""Precision–recall curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from slidelens.analysis.accuracy.precision_recall import precision_recall
from slidelens.report.figures.charts.scores import draw_precision_recall, read_curves
from slidelens.report.figures.style import FigureWriter


def test_curves_are_read_in_the_order_of_thresholds(tmp_path: Path) -> None:
    """Steps of recall 0.5 and 0.5 with precision 1 and 0.5: an average precision of 0.75."""
    path = tmp_path / "precision_recall.csv"
    path.write_text("weights,threshold,recall,precision\nbefore,0.2,1,0.5\nbefore,0.9,0.5,1\n")
    curves = read_curves(path)
    assert curves["before"].average_precision == 0.75
    assert curves["after"].average_precision is None


def test_a_threshold_that_no_pixel_reaches_has_no_dot(tmp_path: Path) -> None:
    """Nothing is predicted: recall 0, no precision. The curve is drawn, without a dot."""
    curve = precision_recall(np.array([True, False, True, False]), np.array([0.4, 0.3, 0.2, 0.1]))
    nothing, something = {"recall": 0.0, "precision": None}, {"recall": 0.5, "precision": 1.0}
    pictures = []
    for number, after in enumerate((nothing, something)):
        writer = FigureWriter(tmp_path / str(number))
        writer.folder.mkdir()
        draw_precision_recall(
            writer,
            {"2013": {"before": curve, "after": curve}},
            {"2013": {"before": nothing, "after": after}},
        )
        pictures.append((writer.folder / "precision_recall.png").read_bytes())
    assert pictures[0] != pictures[1]
